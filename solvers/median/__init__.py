"""Territories about their best units: capacitated p-median and Hess problems, centres and units chosen together."""
