"""Pure functions on integers: curves, curation, payouts, emission, mana, vesting."""
