// Posts callbacks that the gateways' own libraries signed, and wrong ones; says what was not as expected.
// Started by ./run, which says what the environment must hold.
'use strict';

const stripe = require('stripe');
const { Webhook } = require('standardwebhooks');

const { USHER_URL, STRIPE_SECRET, STANDARD_SECRET } = process.env;
const FOREIGN_SECRET = 'whsec_' + Buffer.alloc(24, 7).toString('base64');
const TOLERANCE_S = 300;

const nowS = () => Math.floor(Date.now() / 1000);
const run = `${process.pid}-${Date.now()}`; // events of one run are new to the ledger

function stripeBody(name, type = 'checkout.session.completed') {
  return JSON.stringify({
    id: `evt_${run}_${name}`,
    object: 'event',
    type,
    created: nowS(),
    data: {
      object: {
        id: `cs_${run}_${name}`,
        object: 'checkout.session',
        payment_status: 'paid',
        payment_intent: `pi_${run}_${name}`,
        amount_total: 2900,
        currency: 'usd',
        metadata: { telegram_id: '123456789', plan: 'core', note: 'snow \u2603 \u{1F600}' },
      },
    },
  }, null, 2);
}

function stripeHeader(payload, { secret = STRIPE_SECRET, timestamp = nowS() } = {}) {
  const header = stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
  return { 'Stripe-Signature': header };
}

function standardBody(name, type = 'payment.succeeded') {
  return JSON.stringify({
    type,
    timestamp: new Date().toISOString(),
    data: {
      payment_id: `pay_${run}_${name}`,
      amount: '29.00',
      currency: 'USD',
      metadata: { telegram_id: '123456789', plan: 'core' },
    },
  });
}

function standardHeaders(payload, { secret = STANDARD_SECRET, timestamp = nowS() } = {}) {
  const id = `msg_${run}_${payload.length}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': new Webhook(secret).sign(id, new Date(timestamp * 1000), payload),
  };
}

// [what, gateway, body, headers, expected status]
function callbacks() {
  const rows = [];
  const paid = stripeBody('paid');
  const created = stripeBody('other', 'customer.created');
  const paidHeader = stripeHeader(paid);
  const foreign = stripeHeader(paid, { secret: FOREIGN_SECRET })['Stripe-Signature'];
  const rotated = `${foreign},${paidHeader['Stripe-Signature'].split(',')[1]}`;
  const shifted = (seconds) => stripeHeader(paid, { timestamp: nowS() + seconds });

  rows.push(['paid', 'stripe', paid, paidHeader, 200]);
  rows.push(['paid, delivered again', 'stripe', paid, paidHeader, 200]);
  rows.push(['a type without use', 'stripe', created, stripeHeader(created), 200]);
  rows.push(['almost too old', 'stripe', paid, shifted(10 - TOLERANCE_S), 200]);
  rows.push(['too old', 'stripe', paid, shifted(-10 - TOLERANCE_S), 401]);
  rows.push(['too far ahead', 'stripe', paid, shifted(10 + TOLERANCE_S), 401]);
  rows.push(['another secret', 'stripe', paid, { 'Stripe-Signature': foreign }, 401]);
  rows.push(['two signatures, one right', 'stripe', paid, { 'Stripe-Signature': rotated }, 200]);
  rows.push(['one byte more', 'stripe', `${paid} `, paidHeader, 401]);
  rows.push(['no signature', 'stripe', paid, {}, 401]);

  const settled = standardBody('paid');
  const settledHeaders = standardHeaders(settled);
  const other = standardBody('other', 'invoice.drafted');
  const moved = (seconds) => standardHeaders(settled, { timestamp: nowS() + seconds });

  rows.push(['paid', 'standard', settled, settledHeaders, 200]);
  rows.push(['paid, delivered again', 'standard', settled, settledHeaders, 200]);
  rows.push(['a type without use', 'standard', other, standardHeaders(other), 200]);
  rows.push(['almost too old', 'standard', settled, moved(10 - TOLERANCE_S), 200]);
  rows.push(['too old', 'standard', settled, moved(-10 - TOLERANCE_S), 401]);
  rows.push(['too far ahead', 'standard', settled, moved(10 + TOLERANCE_S), 401]);
  rows.push(['another secret', 'standard', settled,
    standardHeaders(settled, { secret: FOREIGN_SECRET }), 401]);
  rows.push(['another id', 'standard', settled, { ...settledHeaders, 'webhook-id': 'msg_0' }, 401]);
  rows.push(['one byte more', 'standard', `${settled} `, settledHeaders, 401]);
  rows.push(['no signature', 'standard', settled, {}, 401]);
  return rows;
}

async function main() {
  let failed = 0;
  const rows = callbacks();
  for (const [what, gateway, body, headers, expected] of rows) {
    const answer = await fetch(`${USHER_URL}/hooks/${gateway}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
    });
    await answer.text();
    if (answer.status !== expected) {
      failed += 1;
      console.error(`${gateway}, ${what}: ${answer.status}, expected ${expected}`);
    }
  }
  console.log(`peers: ${rows.length - failed} of ${rows.length} callbacks answered as expected`);
  process.exitCode = failed ? 1 : 0;
}

main().catch((error) => {
  console.error(`peers: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}`);
  process.exitCode = 1;
});
