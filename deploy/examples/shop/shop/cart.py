# SPDX-License-Identifier: Apache-2.0
"""cart-service: POST /price {items: [{article, count}], vouchers: [{group, percent}]} -> {total, tax}."""
from flask import jsonify, request

from shop.pricing import Catalog, price
from shop.service import Service


def make():
    service = Service("cart-service")
    catalog = Catalog()

    @service.app.post("/price")
    def answer():
        cart = request.get_json(silent=True)
        if not isinstance(cart, dict):
            raise ValueError("a cart is a JSON object")
        return jsonify(price(catalog.lines(cart.get("items")), cart.get("vouchers", [])))

    return service


if __name__ == "__main__":
    make().serve()
