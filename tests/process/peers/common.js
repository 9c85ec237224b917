// What the gateways' parts have in common.
'use strict';

const TOLERANCE_S = 300;
const nowS = () => Math.floor(Date.now() / 1000);
const run = `${process.pid}-${Date.now()}`; // events of one run are new to the ledger
let members = 700000;

// A member of their own for each payment, so that what one gave is seen.
const newMember = () => { members += 1; return members; };

function assert(good, what) {
  if (!good) throw new Error(what);
}

module.exports = { TOLERANCE_S, nowS, run, newMember, assert };
