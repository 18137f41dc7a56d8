# SPDX-License-Identifier: Apache-2.0
"""How many boxes an order needs: the best of many first-fit packings."""
import random

BOX = 100
TRIES = 600


def pack(items, seed):
    """The fewest boxes found for [{article, count}], each article with a size of its own; the same for the same seed."""
    sizes = [7 + sum(map(ord, item["article"])) % 40 for item in items for _ in range(min(item.get("count", 1), 20))]
    chance = random.Random(seed)
    sizes.sort(reverse=True)
    fewest = first_fit(sizes)
    for _ in range(TRIES):
        chance.shuffle(sizes)
        fewest = min(fewest, first_fit(sizes))
    return fewest


def first_fit(sizes):
    room = []
    for size in sizes:
        for box, left in enumerate(room):
            if left >= size:
                room[box] -= size
                break
        else:
            room.append(BOX - size)
    return len(room)
