# SPDX-License-Identifier: Apache-2.0
"""The example shop: two small HTTP services that setpoint scales."""
