"""What clients are told without asking again: blocks, operations, finality, over a WebSocket.

cursor   one subscription's way along the chain: what it is to be told next
session  one connection: its subscriptions, its calls, its pace
socket   the WebSocket itself
"""
