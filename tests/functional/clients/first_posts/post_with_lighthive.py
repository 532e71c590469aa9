import os

from lighthive.client import Client
from lighthive.datastructures import Operation

node = os.environ.get("HIVE_NODE", "http://127.0.0.1:8090")
chain_id = Client(nodes=[node])("database_api").get_config()["HIVE_CHAIN_ID"]
key = "5JNfS3NgDiBxh3M2ha9jaMcnFyCRbkc86pLJH1HP8bFAxFxB5Bj"  # skald devnet keys alice
client = Client(nodes=[node], keys=[key], chain={"chain_id": chain_id, "prefix": "STM"})

post = {
    "parent_author": "",
    "parent_permlink": "test",
    "author": "alice",
    "permlink": "hello-from-lighthive",
    "title": "Hello from lighthive",
    "body": "A first post.",
    "json_metadata": '{"tags": ["test"]}',
}
print(client.broadcast_sync(Operation("comment", post))["id"])
