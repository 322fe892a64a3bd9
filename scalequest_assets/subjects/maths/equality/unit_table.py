"""Units that are converted."""

from fractions import Fraction
from typing import Final

UNITS: Final[dict[str, dict[str, str]]] = {
    "length": {
        "m meter metre": "1",
        "cm centimeter centimetre": "1/100",
        "mm millimeter millimetre": "1/1000",
        "km kilometer kilometre": "1000",
        "dm decimeter decimetre": "1/10",
        "in inch inche": "127/5000",
        "ft foot feet": "381/1250",
        "yd yard": "1143/1250",
        "mi mile": "201168/125",
    },
    "mass": {
        "g gram gm": "1/1000",
        "kg kilogram kilo": "1",
        "mg milligram": "1/1000000",
        "t tonne": "1000",
        "lb pound": "45359237/100000000",
        "oz ounce": "45359237/1600000000",
    },
    "time": {
        "s sec second": "1",
        "min minute": "60",
        "h hr hour": "3600",
        "d day": "86400",
        "wk week": "604800",
        "fortnight": "1209600",
        "yr year": "31556952",
        "month": "2629746",
        "decade": "315569520",
        "century centurie": "3155695200",
    },
    "volume": {"l liter litre": "1/1000", "ml milliliter millilitre": "1/1000000", "cl centiliter": "1/100000"},
    "cups": {
        "cup": "1",
        "pint pt": "2",
        "quart qt": "4",
        "gallon gal": "16",
        "tablespoon tbsp": "1/16",
        "teaspoon tsp": "1/48",
    },
    "dollars": {"usd dollar buck": "1", "cent penny pennie": "1/100", "dime": "1/10", "nickel": "1/20"},
    "euros": {"eur euro": "1"},
    "sterling": {"gbp": "1"},
    "yen": {"jpy yen": "1"},
    "rupees": {"inr rupee rs": "1"},
    "area": {"acre": "316160658/78125", "hectare": "10000"},
    "force": {"N newton": "1", "kN kilonewton": "1000", "mN millinewton": "1/1000"},
    "energy": {
        "J joule": "1",
        "kJ kilojoule": "1000",
        "MJ megajoule": "1000000",
        "kwh": "3600000",
        "cal calorie": "523/125",
        "kcal kilocalorie": "4184",
    },
    "power": {"W watt": "1", "mW milliwatt": "1/1000", "kW kilowatt": "1000", "MW megawatt": "1000000"},
    "voltage": {"V volt": "1", "kV kilovolt": "1000"},
    "current": {"A amp ampere": "1", "mA milliampere milliamp": "1/1000"},
    "frequency": {"hz hertz": "1", "khz kilohertz": "1000", "mhz megahertz": "1000000", "rpm": "1/60"},
    "pressure": {"Pa pascal": "1", "kpa kilopascal": "1000", "atm atmosphere": "101325"},
    "amount": {"mol mole": "1"},
    "kelvin": {"K kelvin": "1"},
    "data": {"bit": "1", "byte": "8"},
    "loudness": {"dB decibel": "1"},
    "angle": {"degree deg": "1"},
    "radians": {"radian rad": "1"},
}
"""Names of each unit, in lower case or as they must be written, to what one of it is in the first of its dimension."""
MADE_OF: Final = {
    "mph": ("mi", "h"),
    "kph": ("km", "h"),
    "kmh": ("km", "h"),
    "kmph": ("km", "h"),
    "mps": ("m", "s"),
    "fps": ("ft", "s"),
}
"""Units that are others divided."""
KNOWN: Final = {
    name: (dimension, Fraction(factor))
    for dimension, units in UNITS.items()
    for names, factor in units.items()
    for name in names.split()
}
"""Each name to its dimension, and what one of it is in base units."""
POWERS: Final = {"volume": ("length", 3), "area": ("length", 2)}
"""What is measured in powers of another dimension, and has units of its own: litres, acres."""
