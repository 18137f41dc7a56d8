# SPDX-License-Identifier: Apache-2.0
"""What a cart costs, in cents: the cheapest lawful use of the customer's vouchers. Work that grows with the cart."""
import random

MOST_LINES = 50
MOST_VOUCHERS = 10


class Catalog:
    """The same 500 articles in every replica."""

    def __init__(self):
        chance = random.Random(1)
        groups = ["book", "food", "home", "toys"]
        self.articles = {"a%03d" % number: (chance.randint(95, 19995), groups[number % 4]) for number in range(500)}

    def lines(self, items):
        """[(cents, count, group)] of [{article, count}]; ValueError says what is wrong."""
        if not isinstance(items, list) or not 1 <= len(items) <= MOST_LINES:
            raise ValueError("items must be a list of 1 to %d" % MOST_LINES)
        found = []
        for item in items:
            article = item.get("article") if isinstance(item, dict) else None
            count = item.get("count", 1) if isinstance(item, dict) else None
            if article not in self.articles:
                raise ValueError("no article '%s'" % article)
            if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= 1000:
                raise ValueError("count of %s must be 1 to 1000" % article)
            found.append((self.articles[article][0], count, self.articles[article][1]))
        return found


TAX = {"book": 7, "food": 7, "home": 19, "toys": 19}  # percent


def price(lines, vouchers):
    """{total, tax}. A voucher is {group, percent}: it counts once, for one line of its group, and a line takes one. Which
    voucher goes where is found line by line: the least that can have been paid for each set of vouchers that is spent."""
    check(vouchers)
    everything = 1 << len(vouchers)
    least = [(0, 0)] + [None] * (everything - 1)  # (paid, the tax in it)
    for cents, count, group in lines:
        fitting = [(1 << n, v["percent"]) for n, v in enumerate(vouchers) if v["group"] == group]
        before, least = least, [None] * everything
        for spent in range(everything):
            if before[spent] is None:
                continue
            paid, tax = before[spent]
            for voucher, percent in [(0, 0), *fitting]:
                if spent & voucher:
                    continue
                line = invoice_line(cents * count, percent, TAX[group])
                new = (paid + line[0], tax + line[1])
                if least[spent | voucher] is None or new < least[spent | voucher]:
                    least[spent | voucher] = new
    paid, tax = min(found for found in least if found)
    return {"total": paid, "tax": tax}


def check(vouchers):
    if not isinstance(vouchers, list) or len(vouchers) > MOST_VOUCHERS:
        raise ValueError("vouchers must be a list of up to %d" % MOST_VOUCHERS)
    for voucher in vouchers:
        if not isinstance(voucher, dict) or voucher.get("group") not in TAX or voucher.get("percent") not in range(1, 100):
            raise ValueError("a voucher has a group (%s) and a percent (1 to 99)" % ", ".join(sorted(TAX)))


def invoice_line(cents, percent, tax):
    """(what is paid, the tax in it), each rounded to a cent as an invoice is."""
    paid = (cents * (100 - percent) + 50) // 100
    return paid, (paid * tax + (100 + tax) // 2) // (100 + tax)
