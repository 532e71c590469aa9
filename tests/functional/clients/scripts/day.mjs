// The first days of a newcomer, as every client on npm lives them. What is done and what must come of it stands
// here, once; how a library does it stands in its own script, which hands over an object with these members:
//
//   secret(text)                       a private key in the library's form, from its text
//   login(name, role, password)        the same of somebody with a master password
//   publicText(secret)                 its public key as text
//   send(kind, fields, secret)         sign and broadcast one operation; the transaction's id
//   connect()                          the chain id, as the node tells it
//   globals()                          the dynamic global properties
//   accounts(names)                    rows with amounts as text
//   post(author, permlink)             a post with author, title, body and children
//   votes(author, permlink)            who voted for it, with voter and percent
//   following(name)                    whom somebody follows, by name
//   proposalVoters(id)                 who votes for a proposal, by name
//   history(name)                      [number, {trx_id, block, op: [kind, fields]}], oldest first
//   block(number)                      a block with block_id, previous and transaction_ids
//   stream(tell)                       from now on tell([kind, fields]) of every operation; returns how to stop that
// //
//   replies(author, permlink)          the replies to a post
//   absent                             flow → why the library has no such thing
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

export const devnet = JSON.parse(process.env.SKALD_DEVNET);
const WEEK_SECONDS = 7 * 86_400; // after which a post is paid
const PATIENCE_MS = 20_000;
const BODY = "Grüße aus dem Norden, \u{1F40B}. " + "A first post has something to tell. ".repeat(20);

export async function live(library) {
  const flows = new Day(library).flows();
  for (const [flow, run] of Object.entries(flows)) {
    console.log(JSON.stringify(await outcome(flow, run, library.absent?.[flow])));
  }
  process.exit(0); // whatever a library still waits for
}

async function outcome(flow, run, absent) {
  if (absent) return { flow, absent };
  try {
    return { flow, passed: true, transactions: await run() };
  } catch (error) {
    return { flow, error: `${error?.stack ?? error} ${JSON.stringify(error?.jse_info ?? error?.payload ?? "")}` };
  }
}

// Past the library: what a test has to know, and what belongs to a devnet.
export async function ask(method, params = []) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const operator = method.startsWith("devnet_api.") ? devnet.operator : undefined;
  const headers = operator ? { Authorization: `Bearer ${operator.secret}` } : {};
  const reply = await (await fetch(operator?.url ?? devnet.url, { method: "POST", body, headers })).json();
  if (reply.error) throw new Error(`${method}: ${reply.error.message}`);
  return reply.result;
}

export const units = (amount) => BigInt(amount.split(" ")[0].replace(".", ""));

export function text(units, symbol) {
  const digits = symbol === "VESTS" ? 6 : 3;
  const padded = units.toString().padStart(digits + 1, "0");
  return `${padded.slice(0, -digits)}.${padded.slice(-digits)} ${symbol}`;
}

async function until(what, find) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(50)) {
    const found = await find();
    if (found) return found;
  }
  throw new Error(`waited in vain for ${what}`);
}

// An entry of the history as condenser_api writes it, of one from account_history_api.
export function withPair([number, entry]) {
  const { type, value } = entry.op;
  return [number, { ...entry, op: [type.replace(/_operation$/, ""), value] }];
}

const authority = (key) => ({ weight_threshold: 1, account_auths: [], key_auths: [[key, 1]] });

class Day {
  constructor(library) {
    this.library = library;
    this.me = devnet.newcomer;
    this.permlink = `${this.me}-post`;
    this.initKey = library.secret(devnet.initKey);
    this.keys = {};
    for (const role of ["owner", "active", "posting", "memo"]) {
      this.keys[role] = library.login(this.me, role, devnet.password);
    }
  }

  // The order matters: rewards are claimed of what was posted, and history tells all of it.
  flows() {
    return {
      connect: () => this.connect(),
      globals: () => this.globals(),
      accounts: () => this.accounts(),
      "create an account": () => this.create(),
      transfer: () => this.transfer(),
      "power up": () => this.powerUp(),
      post: () => this.post(),
      comment: () => this.comment(),
      vote: () => this.vote(),
      follow: () => this.follow(),
      "power down": () => this.powerDown(),
      "witness vote": () => this.witnessVote(),
      "proposal vote": () => this.proposalVote(),
      claim: () => this.claim(),
      history: () => this.history(),
      blocks: () => this.blocks(),
      streaming: () => this.streaming(),
      discussions: () => this.discussions(),
    };
  }

  async account(name = this.me) {
    const [row] = await this.library.accounts([name]);
    return row;
  }

  // Broadcast, and wait until a block holds it under the id that the library made.
  async send(kind, fields, secret) {
    const id = await this.library.send(kind, fields, secret);
    assert.match(id, /^[0-9a-f]{40}$/);
    const found = () => ask("transaction_status_api.find_transaction", { transaction_id: id });
    await until(`the ${kind} ${id} in a block`, async () => (await found()).status.endsWith("_block"));
    return id;
  }

  async connect() {
    assert.equal(await this.library.connect(), devnet.chainId);
    return [];
  }

  async globals() {
    const seen = await this.library.globals();
    const known = await ask("condenser_api.get_dynamic_global_properties");
    assert.ok(seen.last_irreversible_block_num <= seen.head_block_number);
    assert.ok(known.head_block_number - seen.head_block_number < 20);
    assert.equal(parseInt(seen.head_block_id.slice(0, 8), 16), seen.head_block_number);
    return [];
  }

  async accounts() {
    const rows = await this.library.accounts(["initminer", "nobody-at-all"]);
    assert.deepEqual(rows.map((row) => row.name), ["initminer"]);
    const [known] = await ask("condenser_api.get_accounts", [["initminer"]]);
    for (const amount of ["balance", "hbd_balance"]) assert.equal(rows[0][amount], known[amount]);
    assert.equal(rows[0].active.key_auths[0][0], this.library.publicText(this.initKey));
    return [];
  }

  async create() {
    const { account_creation_fee: fee } = await ask("condenser_api.get_chain_properties");
    const publicTexts = Object.entries(this.keys).map(([role, key]) => [role, this.library.publicText(key)]);
    const keys = Object.fromEntries(publicTexts);
    const fields = {
      fee,
      creator: "initminer",
      new_account_name: this.me,
      owner: authority(keys.owner),
      active: authority(keys.active),
      posting: authority(keys.posting),
      memo_key: keys.memo,
      json_metadata: "",
    };
    const before = await this.account("initminer");
    const id = await this.send("account_create", fields, this.initKey);
    const row = await this.account();
    for (const role of ["owner", "active", "posting"]) assert.deepEqual(row[role].key_auths, [[keys[role], 1]]);
    assert.equal(row.memo_key, keys.memo);
    const after = await this.account("initminer");
    assert.equal(units(before.balance) - units(after.balance), units(fee));
    return [id];
  }

  async transfer() {
    const gift = { from: "initminer", to: this.me, amount: "100.000 HIVE", memo: "" };
    const dollars = { from: "initminer", to: this.me, amount: "5.000 HBD", memo: "" };
    const ids = [await this.send("transfer", gift, this.initKey), await this.send("transfer", dollars, this.initKey)];
    const before = await this.account("alice");
    const payment = { from: this.me, to: "alice", amount: "1.234 HIVE", memo: "für alice \u{1F40B}" };
    this.payment = await this.send("transfer", payment, this.keys.active);
    const mine = await this.account();
    assert.equal(mine.balance, "98.766 HIVE");
    assert.equal(mine.hbd_balance, "5.000 HBD");
    assert.equal(units((await this.account("alice")).balance) - units(before.balance), 1234n);
    return [...ids, this.payment];
  }

  async powerUp() {
    const before = await this.account();
    const fields = { from: this.me, to: this.me, amount: "60.000 HIVE" };
    const id = await this.send("transfer_to_vesting", fields, this.keys.active);
    const after = await this.account();
    assert.equal(units(before.balance) - units(after.balance), 60_000n);
    assert.ok(units(after.vesting_shares) > units(before.vesting_shares));
    return [id];
  }

  async post() {
    const fields = {
      parent_author: "",
      parent_permlink: "clients",
      author: this.me,
      permlink: this.permlink,
      title: "Grüße",
      body: BODY,
      json_metadata: JSON.stringify({ tags: ["clients", "first"], app: "skald-tests" }),
    };
    const id = await this.send("comment", fields, this.keys.posting);
    const found = await this.library.post(this.me, this.permlink);
    assert.equal(found.author, this.me);
    assert.equal(found.title, fields.title);
    assert.equal(found.body, BODY);
    return [id];
  }

  async comment() {
    const fields = {
      parent_author: this.me,
      parent_permlink: this.permlink,
      author: "initminer",
      permlink: `re-${this.permlink}`,
      title: "",
      body: "Welcome!",
      json_metadata: "{}",
    };
    const id = await this.send("comment", fields, this.initKey);
    assert.equal((await this.library.post(this.me, this.permlink)).children, 1);
    return [id];
  }

  async vote() {
    const place = { author: this.me, permlink: this.permlink };
    const id = await this.send("vote", { voter: "initminer", ...place, weight: 10_000 }, this.initKey);
    const mine = await this.send("vote", { voter: this.me, ...place, weight: 2_500 }, this.keys.posting);
    const votes = await this.library.votes(this.me, this.permlink);
    const percents = Object.fromEntries(votes.map((vote) => [vote.voter, Number(vote.percent)]));
    assert.deepEqual(percents, { initminer: 10_000, [this.me]: 2_500 });
    return [id, mine];
  }

  async follow() {
    const json = JSON.stringify(["follow", { follower: this.me, following: "alice", what: ["blog"] }]);
    const fields = { required_auths: [], required_posting_auths: [this.me], id: "follow", json };
    const id = await this.send("custom_json", fields, this.keys.posting);
    assert.deepEqual(await this.library.following(this.me), ["alice"]);
    return [id];
  }

  async powerDown() {
    const half = units((await this.account()).vesting_shares) / 2n;
    const fields = { account: this.me, vesting_shares: text(half, "VESTS") };
    const id = await this.send("withdraw_vesting", fields, this.keys.active);
    assert.equal(BigInt((await this.account()).to_withdraw), half);
    return [id];
  }

  async witnessVote() {
    const fields = { account: this.me, witness: "witness-1", approve: true };
    const id = await this.send("account_witness_vote", fields, this.keys.active);
    assert.equal((await this.account()).witnesses_voted_for, 1);
    return [id];
  }

  async proposalVote() {
    const fields = { voter: this.me, proposal_ids: [devnet.proposal], approve: true, extensions: [] };
    const id = await this.send("update_proposal_votes", fields, this.keys.active);
    assert.ok((await this.library.proposalVoters(devnet.proposal)).includes(this.me));
    return [id];
  }

  async claim() {
    await ask("devnet_api.advance", { seconds: WEEK_SECONDS });
    const before = await this.account();
    const { reward_hive_balance: reward_hive, reward_hbd_balance: reward_hbd } = before;
    const reward_vests = before.reward_vesting_balance;
    assert.ok(units(reward_hbd) > 0n && units(reward_vests) > 0n, "the post was paid");
    const fields = { account: this.me, reward_hive, reward_hbd, reward_vests };
    const id = await this.send("claim_reward_balance", fields, this.keys.posting);
    const after = await this.account();
    assert.equal(units(after.hbd_balance) - units(before.hbd_balance), units(reward_hbd));
    assert.equal(units(after.reward_hbd_balance), 0n);
    assert.equal(units(after.reward_vesting_balance), 0n);
    return [id];
  }

  async history() {
    const entries = await this.library.history(this.me);
    const numbers = entries.map(([number]) => number);
    assert.deepEqual(numbers, numbers.map((_, place) => place + numbers[0]));
    const [, paid] = entries.find(([, entry]) => entry.trx_id === this.payment);
    assert.equal(paid.op[0], "transfer");
    assert.equal(paid.op[1].memo, "für alice \u{1F40B}");
    this.block = paid.block;
    return [];
  }

  async blocks() {
    const block = await this.library.block(this.block);
    assert.ok(block.transaction_ids.includes(this.payment));
    assert.equal((await this.library.block(this.block + 1)).previous, block.block_id);
    return [];
  }

  async streaming() {
    const memo = "seen on the stream";
    let seen = false;
    const stop = await this.library.stream(([kind, fields]) => {
      seen ||= kind === "transfer" && fields.memo === memo && fields.from === this.me;
    });
    await sleep(500); // it has to know a head to begin at
    const fields = { from: this.me, to: "alice", amount: "0.001 HIVE", memo };
    const id = await this.send("transfer", fields, this.keys.active);
    await until("the transfer on the stream", () => seen);
    await stop();
    return [id];
  }

  async discussions() {
    const newest = await this.library.discussions("clients");
    assert.ok(newest.some((post) => post.author === this.me && post.permlink === this.permlink));
    const replies = await this.library.replies(this.me, this.permlink);
    assert.deepEqual(replies.map((reply) => reply.permlink), [`re-${this.permlink}`]);
    return [];
  }
}
