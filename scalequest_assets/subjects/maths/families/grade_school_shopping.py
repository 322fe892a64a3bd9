"""Grade-school families about what people pay."""

from __future__ import annotations

from fractions import Fraction

from scalequest_assets.subjects.maths.families.draft import Draft
from scalequest_assets.subjects.maths.families.registry import family
from scalequest_assets.subjects.maths.families.words import (
    CLOTHES,
    DRINKS,
    GROCERIES,
    STATIONERY,
    TOYS,
    article,
    nouns,
)


@family("grade_school", "arithmetic")
def shopping_basket(d: Draft) -> None:
    """Two kinds of goods, perhaps a voucher, perhaps a bag; total or change."""
    buyer, first, second = d.person(), d.noun(STATIONERY + GROCERIES), d.noun(CLOTHES + TOYS)
    num, price = d.count(2, 8, first), d.money(2, 9, f"the price of {article(first.one)}", cents=True)
    other = d.money(10, 40, f"the price of {article(second.one)}", cents=True)
    shop = d.pick("the corner shop", "a department store", "an online store", "the weekend market")
    d.fact(
        d.pick(
            f"{buyer} buys {num} and {article(second.one)} at {shop}",
            f"at {shop}, {buyer} picks {num} and {article(second.one)}",
        )
    )
    d.detail(f"{article(first.one)} costs {price} there, while {article(second.one)} costs {other}")
    cost = d.step(f"the cost of the {first.many}", price * num)
    total = d.step("the cost of the goods", cost + other)
    if d.maybe("voucher"):
        voucher = d.money(2, 15, "the value of the voucher", below=total)
        d.fact(f"{buyer.she} hands over a voucher that takes {voucher} off the bill")
        total = d.step("the bill after the voucher", total - voucher)
    if d.maybe("delivery"):
        fee = d.money(2, 9, "the wrapping fee")
        d.fact(f"gift wrapping adds {fee} to the bill")
        total = d.step("the bill with gift wrapping", total + fee)
    if d.choose("total", "change") == "change":
        note = d.given(
            next((n for n in (20, 50, 100, 200, 500) if n > total.value), 1000), total.unit, "the money handed over"
        )
        d.fact(f"{buyer.she} pays with {note} in cash")
        change = d.step("the change", note - total)
        d.ask(change, f"How much change does {buyer} receive?", f"What change, in dollars, comes back to {buyer}?")
    else:
        d.ask(total, f"How many dollars does {buyer} pay?", f"What does {buyer} have to pay, in dollars?", role="cost")


@family("grade_school", "arithmetic")
def shared_cost(d: Draft) -> None:
    """Friends share a restaurant bill, with drinks, a tip or a voucher."""
    host = d.person()
    people, meal = (
        d.count(3, 9, d.pick("friend", "colleague", "cousin", "teammate")),
        d.money(8, 30, "the price of a meal"),
    )
    d.fact(
        d.pick(
            f"{host} takes {people} out for dinner, and all of them, {host} included, order the set menu",
            f"{host} and {people} each order the set menu at a restaurant",
        )
    )
    d.detail(f"the set menu costs {meal} a head")
    everyone = d.step("the number of diners", people + 1)
    bill = d.step("the cost of the meals", meal * everyone)
    if d.maybe("drinks"):
        drinks = d.money(6, 60, "the cost of the drinks")
        d.fact(f"the drinks for the whole table add {drinks}")
        bill = d.step("the bill with drinks", bill + drinks)
    if d.maybe("voucher"):
        voucher = d.money(5, 40, "the value of the voucher", by=5, below=bill)
        d.fact(f"a birthday voucher lowers the bill by {voucher}")
        bill = d.step("the bill after the voucher", bill - voucher)
    if d.maybe("tip"):
        tip = d.percent("the tip", 10, 15, 20)
        d.fact(f"the group leaves a tip of {tip} on top of the bill")
        bonus = d.step("the tip in dollars", bill * tip / 100)
        bill = d.step("the bill with the tip", bill + bonus)
    if d.choose("split", "total") == "split":
        share = d.step("the share of each diner", bill / everyone)
        d.ask(
            share,
            f"If all the diners, {host} among them, pay the same share, how many dollars does each one pay?",
            "How many dollars does each diner pay when the cost is split evenly?",
        )
    else:
        d.ask(
            bill,
            "How much money does the whole table pay?",
            "What does the evening cost the group, in dollars?",
            role="cost",
        )


@family("grade_school", "prealgebra")
def sale_price(d: Draft) -> None:
    """A price reduced by percent, then by a coupon, or raised by tax."""
    buyer, good = d.person(), d.noun(CLOTHES + TOYS)
    price, off = d.money(20, 120, "the old price", by=5), d.percent("the discount", 10, 15, 20, 25, 30, 40, 50)
    shop = d.pick("a clearance sale", "an outlet", "a closing shop", "an online auction house", "a summer sale")
    d.fact(
        d.pick(
            f"in {shop}, {article(good.one)} that used to cost {price} is reduced by {off}",
            f"{buyer} sees {article(good.one)} with an old price of {price}, now reduced by {off}",
        )
    )
    cut = d.step("the reduction", price * off / 100)
    now = d.step("the new price", price - cut)
    if d.maybe("coupon"):
        coupon = d.money(2, 15, "the value of the coupon", below=now)
        d.fact(f"a coupon lowers the new price by another {coupon}")
        now = d.step("the price with the coupon", now - coupon)
    if d.maybe("tax"):
        tax = d.percent("the tax", 5, 10, 20)
        d.fact(f"at the till, a tax of {tax} is added to the price")
        now = d.step("the price with tax", now + d.step("the tax in dollars", now * tax / 100))
    match d.choose("one", "several", "wallet"):
        case "several":
            num = d.count(2, 6, good)
            d.fact(f"{buyer} takes {num} on these terms")
            d.ask(d.step("the cost", now * num), f"How many dollars does {buyer} spend?", role="cost")
        case "wallet":
            purse = d.money(60, 300, "the money in the wallet", by=10)
            d.fact(f"the wallet of {buyer} holds {purse} before the purchase")
            d.ask(d.step("the money left in the wallet", purse - now), "How many dollars does it hold afterwards?")
        case _:
            d.ask(now, f"How many dollars does {buyer} pay for one {good.one}?", role="cost")


@family("grade_school", "arithmetic")
def party_drinks(d: Draft) -> None:
    """Guests drink: how much is needed, bought, left over."""
    host, drink = d.person(), d.noun(DRINKS)
    guests, each = d.count(6, 30, "guest"), d.count(2, 4, drink, f"the number of {drink.many} for a guest")
    d.fact(d.pick(f"{host} expects {guests} at a garden party", f"{guests} come to the housewarming of {host}"))
    d.detail(f"each guest has {each}")
    need = d.step(f"the number of {drink.many} served", each * guests)
    if d.maybe("children"):
        kids = d.count(3, 12, nouns("child/children")[0])
        d.fact(f"besides the guests, {kids} come, with one drink each")
        need = d.step(f"the number of {drink.many} that are served in all", need + kids)
    if d.maybe("fewer"):
        fewer = d.count(2, 8, drink, "the number sent back", below=need)
        d.fact(f"{fewer} are sent back untouched")
        need = d.step(f"the number of {drink.many} drunk", need - fewer)
    match d.choose("left", "cost", "drunk"):
        case "left":
            stock = d.given(need.value + Fraction(d.rng.randint(2, 40)), drink, f"the number of {drink.many} prepared")
            d.fact(f"{host} had prepared {stock}")
            d.ask(
                d.step(f"the number of {drink.many} not drunk", stock - need), f"How many {drink.many} were not drunk?"
            )
        case "cost":
            price = d.money(1, 4, f"the cost of {article(drink.one)}", cents=True)
            d.detail(f"{article(drink.one)} costs {host} {price} to make")
            d.ask(
                d.step("the cost of the drinks", price * need),
                f"What do the drinks that people had cost {host}, in dollars?",
            )
        case _:
            d.ask(need, f"How many {drink.many} do they drink altogether?")
