"""What is estimated of accounts where nobody states it: potential and tiers, learned from the accounts that do.

It stands beside reading and assembling, not among the solvers, because everything that opens a plan (solving, auditing,
explaining) has to see the same accounts. Nothing here is loaded unless a scenario asks for it.
"""
