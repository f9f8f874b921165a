"""Currency signs and codes as they stand beside amounts."""

from __future__ import annotations

_ISO_4217 = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
"""
CODES = frozenset(_ISO_4217.split())
"""ISO 4217 codes of currencies in use."""

_SIGNS = {
    "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS", "zł": "PLN",
    "Kč": "CZK", "Ft": "HUF", "US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD",
    "HK$": "HKD", "S$": "SGD", "R$": "BRL", "$": "", "kr.": "", "kr": "", "Fr.": "CHF", "Fr": "CHF",
}  # fmt: skip

PATTERN = r"kr\.|Fr\.|[A-Za-zčł$€£¥₹₩₽₺₪]{1,3}"
"""Regular expression of what may be one; short, because every cell is tried against it. `KNOWN` decides."""
KNOWN = frozenset(_SIGNS) | CODES | {code.lower() for code in CODES}
"""Every sign and code that is one."""


def currency_code(sign: str) -> str:
    """Return the ISO 4217 code of a currency sign or code; ``""`` where it does not say which (``$``, ``kr``)."""
    if sign in _SIGNS:
        return _SIGNS[sign]
    code = sign.strip().upper()
    return code if code in CODES else ""
