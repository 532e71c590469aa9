"""The arithmetic of rewards and money: pure functions on integers.

Nothing here knows an account, a clock or a state. Amounts are ints of the smallest unit (HIVE and HBD: 1/1000, VESTS: 1/1,000,000),
shares are basis points (`_bp`, 10,000 = 100 %), times are seconds. Every division rounds toward zero, as hived's does, and says so
with `mul_div_floor`; a bare `//` stands only where both sides are known not to be negative.
"""
