#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""deploy/compose on a real Engine: the cart-service grows under a load that comes through the balancer, the new replicas get their
share of it, and it shrinks again while customers go on buying."""
import subprocess

from agent import check, wait_until
from engine import ROOT, Engine
from shop_stack import Shop, build_images, prefer

LOAD = ROOT / "deploy/examples/shop/load"


def load(shop, *words):
    customers = subprocess.Popen([LOAD, "--url", shop.shop, *words], stdout=subprocess.PIPE, text=True)
    prefer(customers)
    return customers


def up(shop):
    shop.compose("up", "-d")
    wait_until(lambda: shop.price() == 200, "a price comes through the balancer", 60, shop.logs)
    wait_until(lambda: len(shop.running("cart")) == 2 and len(shop.running("order")) == 2, "setpoint makes two replicas of each", 40, shop.logs)
    check("<!doctype html>" in shop.get(shop.page), "its page is at the published port")
    wait_until(lambda: shop.price() == 200 and len(shop.asked()) == 2, "Prometheus finds both carts", 30, shop.logs)
    wait_until(lambda: "setpoint_build_info" in shop.get(shop.prometheus + "/api/v1/label/__name__/values"), "and the metrics of setpoint", 30, shop.logs)


def grows(shop):
    customers = load(shop, "--cart", "60s@24", "--order", "60s@1")
    wait_until(lambda: len(shop.running("cart")) >= 3, "the cart-service grows under load", 45, shop.logs)
    said = customers.communicate(timeout=90)[0]
    print(said, flush=True)
    wait_until(lambda: len([count for count in shop.asked().values() if count > 20]) >= 3, "a new replica has its share of the requests", 15, lambda: str(shop.asked()))


def shrinks(shop):
    """The failures of the customers who buy meanwhile are counted, all of them."""
    size = len(shop.running("cart"))
    shop.compose("exec", "-T", "setpoint", "setpoint", "pin", "cart", "2", "--for", "5m", "--reason", "the test has no time")
    customers = load(shop, "--cart", "25s@8", "--order", "25s@1")
    wait_until(lambda: len(shop.running("cart")) == 2, "it shrinks from %d to 2" % size, 40, shop.logs)
    said = customers.communicate(timeout=90)[0]
    check(customers.returncode == 0, "and nobody who buys meanwhile notices: " + said)


def main():
    with Engine() as engine:
        prefer(engine.process)
        build_images(engine)
        shop = Shop(engine)
        up(shop)
        grows(shop)
        shrinks(shop)
        shop.compose("down", "-v")
        check(not engine.docker("ps", "-aq").stdout, "compose down removes everything, what setpoint made too")


main()
