import os

from nectar import Hive
from nectargraphenebase.account import PasswordKey

node = os.environ.get("HIVE_NODE", "http://127.0.0.1:8090")
key = PasswordKey("alice", "skald-devnet", role="posting").get_private_key()
hive = Hive(node=[node], keys=[str(key)])  # asks the node for its chain id

sent = hive.post(
    "Hello from nectar",
    "A first post.",
    author="alice",
    permlink="hello-from-nectar",
    tags=["test"],
)
print(sent["trx_id"])
