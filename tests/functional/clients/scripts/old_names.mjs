// Libraries from before the chain had its name write HIVE as STEEM and HBD as SBD; in what is signed both are the same.
const OLD_NAMES = { HIVE: "STEEM", HBD: "SBD" };
const AMOUNT = /^(\d+\.\d{3}) (HIVE|HBD)$/;

const renamed = (value) =>
  typeof value === "string" ? value.replace(AMOUNT, (_, number, symbol) => `${number} ${OLD_NAMES[symbol]}`) : value;

export function withOldNames(fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, renamed(value)]));
}
