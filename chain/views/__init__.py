"""What the state looks like from outside: JSON of its objects, member for member as hived prints them.

A view takes the state, a row, and the form (`LEGACY` as condenser_api answers: amounts as text; `HF26` as database_api does:
amounts as NAI objects) and gives plain dicts, lists, texts and numbers. It reads rows only, so that the RPC and the parity
dumps can use the same. Members stand in hived's order.

    accounts     accounts, plain and extended                    globals    head, fund, feed, price, hardforks, chain properties
    stake        delegations, routes, requests, owner history    witnesses  witnesses and schedules
    content      posts, votes, cashout info                      payouts    our own: every step of a payout, pending or paid
"""
