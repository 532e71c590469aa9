import dhive from "@hiveio/dhive"; // wax leaves signing to others
import { createHiveChain } from "@hiveio/wax";
import { devnet, live, text, units, withPair } from "./day.mjs";

const { PrivateKey } = dhive;
const options = { chainId: devnet.chainId, apiEndpoint: devnet.url, restApiEndpoint: devnet.url };
const chain = await createHiveChain(options);
const { api } = chain.extend(); // what it knows no types of may be asked for as well

// Amounts are numbers with an id for the symbol.
const MADE = { HIVE: "hiveSatoshis", HBD: "hbdSatoshis", VESTS: "vestsSatoshis" };
const SYMBOLS = Object.fromEntries(Object.entries(MADE).map(([symbol, make]) => [chain[make](0).nai, symbol]));

function given(value) {
  const [, symbol] = /^\d+\.\d+ (HIVE|HBD|VESTS)$/.exec(value) ?? [];
  if (symbol) return chain[MADE[symbol]](units(value).toString());
  if (value?.key_auths) return { ...value, account_auths: {}, key_auths: Object.fromEntries(value.key_auths) };
  return value;
}

function asText(row) {
  const amount = (value) => (value?.nai ? text(BigInt(value.amount), SYMBOLS[value.nai]) : value);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, amount(value)]));
}

// On a chain with Hive's id it would count from the wall clock, which a devnet has long left behind.
async function expiration() {
  const { time } = await api.database_api.get_dynamic_global_properties({});
  return new Date(Date.parse(`${time}Z`) + 60_000);
}

async function send(kind, fields, secret) {
  const transaction = await chain.createTransaction(await expiration());
  const body = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, given(value)]));
  transaction.pushOperation({ [`${kind}_operation`]: body });
  transaction.addSignature(secret.sign(Buffer.from(transaction.sigDigest, "hex")).toString());
  await chain.broadcast(transaction);
  return transaction.id;
}

async function votes(author, permlink) {
  const asked = { start: [author, permlink, ""], limit: 100, order: "by_comment_voter" };
  const found = (await api.database_api.list_votes(asked)).votes;
  const here = found.filter((vote) => vote.author === author && vote.permlink === permlink);
  return here.map(({ voter, vote_percent: percent }) => ({ voter, percent }));
}

async function proposalVoters(id) {
  const asked = { start: [id], limit: 100, order: "by_proposal_voter", order_direction: "ascending", status: "all" };
  return (await api.database_api.list_proposal_votes(asked)).proposal_votes.map((vote) => vote.voter);
}

await live({
  secret: (wif) => PrivateKey.fromString(wif),
  login: (name, role, password) =>
    PrivateKey.fromString(chain.getPrivateKeyFromPassword(name, role, password).wifPrivateKey),
  publicText: (secret) => secret.createPublic(devnet.prefix).toString(),
  send,
  votes,
  proposalVoters,
  connect: async () => (await api.database_api.get_config({})).HIVE_CHAIN_ID,
  globals: () => api.database_api.get_dynamic_global_properties({}),
  accounts: async (accounts) =>
    (await api.database_api.find_accounts({ accounts, delayed_votes_active: true })).accounts.map(asText),
  post: async (author, permlink) =>
    (await api.database_api.find_comments({ comments: [[author, permlink]] })).comments[0],
  following: async (name) =>
    (await api.condenser_api.get_following([name, "", "blog", 10])).map((row) => row.following),
  history: async (account) => {
    const asked = { account, start: -1, limit: 100, include_reversible: true };
    return (await api.account_history_api.get_account_history(asked)).history.map(withPair);
  },
  block: async (number) => (await api.block_api.get_block({ block_num: number })).block,
  discussions: (tag) => api.bridge.get_ranked_posts({ sort: "created", tag, observer: "", limit: 20 }),
  replies: async (author, permlink) => {
    const tree = await api.bridge.get_discussion({ author, permlink, observer: "" });
    return tree[`${author}/${permlink}`].replies.map((place) => tree[place]);
  },
  absent: { streaming: "it streams nothing: a program asks for block after block" },
});
