"""Grade-school families about time spent: training, chores, reading."""

from __future__ import annotations

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    DAYS,
    HOURS,
    MINUTES,
    article,
    nouns,
)


@family("grade_school", "arithmetic")
def training_plan(d: Draft) -> None:
    """Minutes of training on some days, more on others."""
    athlete = d.person()
    sport = d.pick("swims", "practices the violin", "runs", "does yoga", "rows", "skates", "climbs", "plays chess")
    days, minutes = (
        d.count(2, 4, DAYS, "the number of weekdays"),
        d.count(15, 90, MINUTES, "the daily training on weekdays", by=5),
    )
    d.fact(
        d.pick(
            f"{athlete} {sport} for {minutes} on each of {days} of the week",
            f"on {days} of every week, {athlete} {sport} for {minutes}",
        )
    )
    week = d.step("the time on these days", minutes * days)
    if d.maybe("weekend"):
        more = d.count(10, 60, MINUTES, "the extra time on Saturday", by=5)
        d.fact(f"on Saturday {athlete} keeps going {more} longer than on one of these days")
        saturday = d.step("the time on Saturday", minutes + more)
        week = d.step("the time with Saturday", week + saturday)
    if d.maybe("missed"):
        missed = d.count(5, 40, MINUTES, "the time missed", by=5, below=week)
        d.fact(f"this week, {missed} are cut because of a cold")
        week = d.step("the time after the cut", week - missed)
    match d.choose("week", "hours", "several"):
        case "hours":
            hours = d.step("the time in hours", week / 60, HOURS)
            d.ask(
                hours,
                f"How many hours does {athlete} train this week?",
                "Expressed in hours, how long is the training this week?",
                role="more",
            )
        case "several":
            weeks = d.count(2, 8, "week")
            d.fact(f"{athlete} keeps up exactly this amount for {weeks}")
            d.ask(
                d.step(f"the time over {weeks}", week * weeks),
                f"How many minutes of training does that make over the {weeks}?",
                role="more",
            )
        case _:
            d.ask(
                week,
                f"How many minutes does {athlete} train this week?",
                "How long is the training this week, in minutes?",
                role="more",
            )


@family("grade_school", "arithmetic")
def busy_morning(d: Draft) -> None:
    """Chores one after the other: total time, spare time, or time per chore."""
    person = d.person()
    tasks = [
        "walking the dog",
        "cleaning the kitchen",
        "watering the plants",
        "folding laundry",
        "writing letters",
        "baking bread",
        "repairing a bicycle",
        "mowing the lawn",
    ]
    first, second, third = d.rng.sample(tasks, 3)
    one = d.count(10, 30, MINUTES, f"the time for {first}", by=5)
    d.fact(
        d.pick(
            f"{person} has a busy morning that begins with {one} of {first}", f"{person} first spends {one} on {first}"
        )
    )
    way = d.choose("longer", "shorter", "twice")
    if way == "twice":
        times = d.times(2, 3, f"the factor between {first} and {second}")
        d.fact(f"{second} takes {times:m} as long as {first}")
        two = d.step(f"the time for {second}", one * times)
    elif way == "shorter":
        less = d.count(2, 25, MINUTES, f"the time that {second} takes less", below=one)
        d.fact(f"{second} takes {less} less than {first}")
        two = d.step(f"the time for {second}", one - less)
    else:
        more = d.count(5, 30, MINUTES, f"the extra time for {second}")
        d.fact(f"{second} takes {more} longer than {first}")
        two = d.step(f"the time for {second}", one + more)
    total = d.step("the time for both", one + two)
    if d.maybe("third"):
        three = d.count(5, 45, MINUTES, f"the time for {third}", by=5)
        d.fact(f"the last task, {third}, needs {three}")
        total = d.step("the time for all tasks", total + three)
    if d.choose("total", "spare") == "spare":
        hours = d.count(2, 6, HOURS, "the time available")
        d.fact(f"{hours} are free for all of this")
        minutes = d.step("the time available in minutes", hours * 60, MINUTES)
        d.ask(d.step("the spare time", minutes - total), f"How many minutes does {person} have to spare?")
    else:
        d.ask(total, f"How many minutes is {person} busy?", "How much time do the tasks take, in minutes?", role="more")


@family("grade_school", "arithmetic")
def reading_plan(d: Draft) -> None:
    """Pages of a book: read, left, days needed."""
    reader, page = d.person(), nouns("page")[0]
    pages = d.count(150, 600, page, "the number of pages of the book", by=5)
    book = d.pick(
        "detective novel", "biography", "fantasy saga", "history of the Vikings", "travel report", "science book"
    )
    d.fact(
        d.pick(
            f"{reader} borrows {article(book)} of {pages}",
            f"{article(book)} that {reader} got as a present has {pages}",
        )
    )
    left = pages
    if d.maybe("weekend"):
        read = d.count(20, 120, page, "the number of pages read at the weekend", below=left)
        d.fact(f"{reader} reads {read.n} pages over the weekend")
        left = d.step("the number of pages left after the weekend", left - read)
    if d.maybe("skip"):
        pictures = d.count(6, 40, page, "the number of pages with pictures", below=left)
        d.fact(f"{reader} skips {pictures} that show only pictures")
        left = d.step("the number of pages left without the pictures", left - pictures)
    if d.maybe("parts"):
        morning, evening = (
            d.count(4, 20, page, "the number of pages read in a morning"),
            d.count(5, 30, page, "the number of pages read in an evening"),
        )
        d.fact(f"from now on, {reader} reads {morning} every morning and {evening.n} every evening")
        daily = d.step("the number of pages a day", morning + evening)
    else:
        daily = d.count(8, 45, page, "the number of pages a day")
        d.detail(f"{reader} plans to get through {daily} a day")
    if d.choose("days", "left") == "days":
        days = d.step("the number of days needed to finish the book", left / daily, DAYS)
        d.need(days.value.denominator == 1, days.value > 2)
        d.ask(
            days,
            f"How many days does {reader} need to finish?",
            "How many days will the rest of the book take?"
            if left is not pages
            else "How many days will the book take?",
        )
    else:
        days = d.count(3, 9, DAYS)
        done = d.step(f"the number of pages read in {days}", daily * days)
        d.ask(
            d.step(f"the number of pages still unread after {days}", left - done),
            f"How many pages are still unread {days} later?",
        )
