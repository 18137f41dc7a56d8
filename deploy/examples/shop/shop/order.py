# SPDX-License-Identifier: Apache-2.0
"""order-service: POST /orders {id, items, vouchers} -> {id, total, boxes, receipt}; asks the cart-service for the price.

    CART_URL         where the cart-service is (http://balancer:8000/cart)
    CART_TIMEOUT     seconds that it has (10)
    RECEIPT_KEY      signs receipts (a new one at each start if not given)
"""
import hashlib
import hmac
import json
import os
import secrets
import urllib.error
import urllib.request

from flask import jsonify, request

from shop.packing import pack
from shop.service import Service, setting


class CartService:
    def __init__(self):
        self.url = os.environ.get("CART_URL", "http://balancer:8000/cart") + "/price"
        self.timeout = setting("CART_TIMEOUT", 10.0)

    def price(self, cart):
        """Its answer; ValueError with its words where it refuses the cart, OSError where it does not answer."""
        ask = urllib.request.Request(self.url, json.dumps(cart).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(ask, timeout=self.timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 400:
                raise ValueError(json.load(error)["error"]) from error
            raise


def make():
    service = Service("order-service")
    cart_service = CartService()
    key = os.environ.get("RECEIPT_KEY", secrets.token_hex()).encode()

    @service.app.post("/orders")
    def answer():
        order = request.get_json(silent=True)
        if not isinstance(order, dict) or not isinstance(order.get("id"), str):
            raise ValueError("an order is a JSON object with an id")
        cart = {"items": order.get("items"), "vouchers": order.get("vouchers", [])}
        try:
            total = cart_service.price(cart)["total"]
        except OSError as error:
            return jsonify(error="the cart-service does not answer: %s" % error), 503
        result = {"id": order["id"], "total": total, "boxes": pack(cart["items"], order["id"])}
        result["receipt"] = hmac.new(key, json.dumps(result).encode(), hashlib.sha256).hexdigest()
        return jsonify(result)

    return service


if __name__ == "__main__":
    make().serve()
