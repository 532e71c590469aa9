import { callRPC, config, PrivateKey, Transaction } from "hive-tx";
import { devnet, live, withPair } from "./day.mjs";

config.nodes = [devnet.url];
config.address_prefix = devnet.prefix;

const wallClock = Date.now;

// What it signs expires by the wall clock, which a devnet has long left behind: so it is made at the hour of the chain.
async function made(kind, fields) {
  const { time } = await callRPC("condenser_api.get_dynamic_global_properties", []);
  const transaction = new Transaction();
  Date.now = () => Date.parse(`${time}Z`);
  try {
    await transaction.addOperation(kind, fields);
  } finally {
    Date.now = wallClock;
  }
  return transaction;
}

async function send(kind, fields, secret) {
  const transaction = await made(kind, fields);
  transaction.sign(secret);
  return (await transaction.broadcast()).tx_id;
}

await live({
  secret: (text) => PrivateKey.fromString(text),
  login: (name, role, password) => PrivateKey.fromLogin(name, password, role),
  publicText: (secret) => secret.createPublic().toString(),
  send,
  connect: async () => (await callRPC("database_api.get_config", {})).HIVE_CHAIN_ID,
  globals: () => callRPC("condenser_api.get_dynamic_global_properties", []),
  accounts: (names) => callRPC("condenser_api.get_accounts", [names]),
  post: (author, permlink) => callRPC("bridge.get_post", { author, permlink }),
  votes: (author, permlink) => callRPC("condenser_api.get_active_votes", [author, permlink]),
  following: async (name) =>
    (await callRPC("condenser_api.get_following", [name, "", "blog", 10])).map((row) => row.following),
  proposalVoters: async (id) => {
    const order = [[id], 100, "by_proposal_voter", "ascending", "all"];
    return (await callRPC("condenser_api.list_proposal_votes", order)).map((row) => row.voter);
  },
  history: async (account) => {
    const asked = { account, start: -1, limit: 100, include_reversible: true };
    return (await callRPC("account_history_api.get_account_history", asked)).history.map(withPair);
  },
  block: async (number) => (await callRPC("block_api.get_block", { block_num: number })).block,
  discussions: (tag) => callRPC("bridge.get_ranked_posts", { sort: "created", tag, observer: "", limit: 20 }),
  replies: async (author, permlink) => {
    const tree = await callRPC("bridge.get_discussion", { author, permlink, observer: "" });
    return tree[`${author}/${permlink}`].replies.map((place) => tree[place]);
  },
  absent: { streaming: "it streams nothing: a program asks for block after block" },
});
