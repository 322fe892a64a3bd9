"""Names and nouns of the stories."""

from __future__ import annotations

from dataclasses import dataclass

from scalequest_assets.subjects.maths.families.quantity import Kind, Unit


@dataclass(frozen=True)
class Person:
    """Someone in a story; formats as the name."""

    name: str
    is_girl: bool

    def __format__(self, spec: str) -> str:
        """The name."""
        return self.name

    @property
    def she(self) -> str:
        """She or he."""
        return "she" if self.is_girl else "he"

    @property
    def her(self) -> str:
        """Her or his, before a noun."""
        return "her" if self.is_girl else "his"

    @property
    def obj(self) -> str:
        """Her or him."""
        return "her" if self.is_girl else "him"


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIRLS = _names(
    "Amara Anika Astrid Aylin Bianca Camila Carmen Chidinma Chloe Daphne Elif Esther Farah Fiona Freya Gabriela "
    "Hana Helena Ingrid Iris Jasmine Johanna Kavya Keiko Lara Leila Linnea Lucia Mabel Marisol Mei Meera Mira "
    "Nadia Naomi Niamh Nora Odette Olga Paloma Petra Priya Ravenna Renata Rosa Sabine Saoirse Selma Shirin Signe "
    "Sofia Tamsin Tatiana Thandi Ursula Valeria Wanda Yasmin Yuki Zainab Zofia"
)
BOYS = _names(
    "Abdul Adrian Ahmed Andrei Anton Arjun Bao Bashir Bruno Caleb Cedric Dario Dmitri Elio Emeka Enzo Farid Felix "
    "Gareth Goran Hamza Hassan Henrik Hugo Idris Ivan Jamal Javier Jonas Joaquin Kamal Kenji Kofi Lars Leon "
    "Lorenzo Luca Magnus Marek Mateo Milan Nikhil Nils Noel Omar Oskar Otis Pablo Pavel Quentin Rafael Ravi Rohan "
    "Rowan Samir Soren Stefan Tariq Tobias Tomas Viktor Wei Yusuf Zane"
)


def nouns(text: str, kind: Kind = "count") -> tuple[Unit, ...]:
    """Units from words: ``"egg, box/boxes"``; the plural is regular unless given."""
    pairs = (word.strip().partition("/") for word in text.split(","))
    return tuple(Unit(one, many or f"{one}s", kind) for one, _, many in pairs)


def article(noun: str) -> str:
    """The noun with "a" or "an"."""
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


STATIONERY = nouns("notebook, pencil case, marker, sketchbook, binder, ruler, paintbrush/paintbrushes, diary/diaries")
CLOTHES = nouns("T-shirt, scarf/scarves, cap, sweater, belt, hoodie, raincoat, skirt, vest, bathrobe")
TOYS = nouns("puzzle, board game, kite, toy car, model plane, card deck, yo-yo, stuffed bear, frisbee")
GROCERIES = nouns("melon, jar of honey/jars of honey, loaf of bread/loaves of bread, pineapple, mango/mangoes, "
                  "bag of rice/bags of rice, carton of milk/cartons of milk, bottle of oil/bottles of oil")  # fmt: skip
BAKED = nouns("muffin, bagel, croissant, cookie, scone, cupcake, pretzel, bread roll, pancake, brownie")
FRUIT = nouns("apple, pear, peach/peaches, orange, plum, lemon, kiwi, apricot, fig, mandarin, avocado")
COLLECTED = nouns("marble, stamp, sticker, seashell, postcard, trading card, bottle cap, comic book, coin, badge, bead")
DRINKS = nouns("cup of lemonade/cups of lemonade, smoothie, iced tea, glass of juice/glasses of juice, "
               "mug of cocoa/mugs of cocoa, milkshake")  # fmt: skip
PLANTS = nouns("tulip, tomato plant, lettuce/lettuces, cabbage, sunflower, rose bush/rose bushes, cherry tree, leek, "
               "pumpkin plant, lavender bush/lavender bushes")  # fmt: skip
MADE = nouns("candle, toy robot, clay pot, wooden spoon, bracelet, lamp, chair, backpack, umbrella, picture frame")
CONTAINERS = nouns("box/boxes, crate, basket, bag, tray, carton")
PLACES = (
    "school fair",
    "village market",
    "town festival",
    "charity sale",
    "street party",
    "summer camp",
    "sports club",
)
MINUTES = Unit("minute", "minutes", "time")
HOURS = Unit("hour", "hours", "time")
DAYS = Unit("day", "days", "time")
WEEKS = Unit("week", "weeks", "time")
KILOMETERS = Unit("kilometer", "kilometers", "length")
METERS = Unit("meter", "meters", "length")
CENTIMETERS = Unit("centimeter", "centimeters", "length")
LITERS = Unit("liter", "liters", "amount")
GRAMS = Unit("gram", "grams", "amount")
POINTS = Unit("point", "points", "count")
PEOPLE = Unit("person", "people", "people")
