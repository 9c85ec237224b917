// Stripe's package in two generations: each signs what its version of the API sends, reads it back, and makes a session.
'use strict';

const http = require('http');
const { TOLERANCE_S, nowS, run, newMember, assert } = require('./common');

const { STRIPE_SECRET, STRIPE_CHECKOUT } = process.env;
const FOREIGN_SECRET = 'whsec_' + Buffer.alloc(24, 7).toString('base64');
const GENERATIONS = [['stripe-older', false], ['stripe', true]];

const versionOf = (name) => new (require(name))('sk_test_peers').getApiField('version');

function event(name, version, type, object) {
  return JSON.stringify({
    id: `evt_${run}_${name}`, object: 'event', api_version: version, created: nowS(), livemode: false,
    pending_webhooks: 1, request: { id: null, idempotency_key: null }, type, data: { object },
  }, null, 2);
}

function session(name, member) {
  return {
    id: `cs_${run}_${name}`, object: 'checkout.session', mode: 'payment', status: 'complete',
    payment_status: 'paid', payment_intent: `pi_${run}_${name}`, subscription: null, amount_total: 2900,
    currency: 'usd', client_reference_id: null,
    metadata: { telegram_id: String(member), plan: 'core', note: 'snow \u2603 \u{1F600}' },
  };
}

// Since 2025-03-31 what is of the subscription stands under parent, and payments in a list of their own.
function invoice(name, member, newer) {
  const metadata = { telegram_id: String(member), plan: 'core' };
  const shared = {
    id: `in_${run}_${name}`, object: 'invoice', status: 'paid', billing_reason: 'subscription_cycle',
    amount_due: 2900, amount_paid: 2900, total: 2900, currency: 'usd', metadata: {},
  };
  const subscription = `sub_${run}_${name}`;
  const intent = `pi_${run}_${name}`;
  if (!newer) {
    return { ...shared, paid: true, subscription, subscription_details: { metadata }, payment_intent: intent,
      charge: `ch_${run}_${name}` };
  }
  return { ...shared,
    parent: { type: 'subscription_details', quote_details: null, subscription_details: { subscription, metadata } },
    payments: { object: 'list', has_more: false, data: [{ object: 'invoice_payment', status: 'paid', amount_paid: 2900,
      payment: { type: 'payment_intent', payment_intent: intent } }] } };
}

function charge(name, newer) {
  return { id: `ch_${run}_${name}`, object: 'charge', amount: 2900, amount_refunded: 2900, refunded: true,
    currency: 'usd', payment_intent: `pi_${run}_${name}`, metadata: {}, ...(newer ? {} : { invoice: null }) };
}

function rowsOf(name, newer) {
  const stripe = require(name);
  const version = versionOf(name);
  const header = (payload, secret = STRIPE_SECRET, timestamp = nowS()) => ({
    'Stripe-Signature': stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) });
  const row = (what, body, more = {}) => {
    const headers = header(body);
    const read = stripe.webhooks.constructEvent(body, headers['Stripe-Signature'], STRIPE_SECRET);
    assert(read.api_version === version, `${name} does not read its event`);
    return { what: `${version}: ${what}`, gateway: 'stripe', body, headers, status: 200, ...more };
  };
  const key = newer ? 'newer' : 'older';
  const buyer = newMember();
  const subscriber = newMember();
  return [
    row('a session', event(`${key}_cs`, version, 'checkout.session.completed', session(key, buyer)),
      { grants: [buyer, `pi_${run}_${key}`] }),
    row('an invoice', event(`${key}_in`, version, 'invoice.paid', invoice(`${key}_sub`, subscriber, newer)),
      { grants: [subscriber] }),
    row('a refund', event(`${key}_re`, version, 'charge.refunded', charge(key, newer)), { ends: buyer }),
    row('a type without use', event(`${key}_other`, version, 'customer.created', { id: 'cus_1', object: 'customer' })),
  ];
}

function refusals() {
  const stripe = require('stripe');
  const body = event('refused', versionOf('stripe'), 'checkout.session.completed', session('refused', newMember()));
  const sign = (secret, seconds) => stripe.webhooks.generateTestHeaderString({
    payload: body, secret, timestamp: nowS() + seconds });
  const good = sign(STRIPE_SECRET, 0);
  const foreign = sign(FOREIGN_SECRET, 0);
  return [
    ['paid', body, good, 200],
    ['paid, delivered again', body, good, 200],
    ['almost too old', body, sign(STRIPE_SECRET, 10 - TOLERANCE_S), 200],
    ['too old', body, sign(STRIPE_SECRET, -10 - TOLERANCE_S), 401],
    ['too far ahead', body, sign(STRIPE_SECRET, 10 + TOLERANCE_S), 401],
    ['another secret', body, foreign, 401],
    ['two signatures, one right', body, `${foreign},${good.split(',')[1]}`, 200],
    ['one byte more', `${body} `, good, 401],
    ['no signature', body, null, 401],
  ].map(([what, text, signature, status]) => ({
    what, gateway: 'stripe', body: text, status, headers: signature ? { 'Stripe-Signature': signature } : {} }));
}

// "a[b][0][c]=1" as the object that it says.
function nested(form) {
  const root = {};
  for (const [name, value] of new URLSearchParams(form)) {
    const path = name.replace(/\]/g, '').split('[');
    let at = root;
    path.slice(0, -1).forEach((step, i) => { at = at[step] ??= /^\d+$/.test(path[i + 1]) ? [] : {}; });
    at[path[path.length - 1]] = value;
  }
  return root;
}

const sorted = (form) => [...new URLSearchParams(form)].map((pair) => pair.join('=')).sort().join('\n');

// What usher asked for an order: each client, given the same, must ask the same.
async function checkout() {
  const asked = [];
  const server = http.createServer((request, answer) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      asked.push({ path: request.url, type: request.headers['content-type'], body });
      answer.setHeader('Content-Type', 'application/json');
      answer.end(JSON.stringify({ id: 'cs_1', object: 'checkout.session', url: 'https://checkout.stripe.com/c/1' }));
    });
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const { path, body } = JSON.parse(STRIPE_CHECKOUT);
  for (const [name] of GENERATIONS) {
    const Stripe = require(name);
    const client = new Stripe('sk_test_peers', { host: '127.0.0.1', port: server.address().port, protocol: 'http',
      maxNetworkRetries: 0, telemetry: false });
    const made = await client.checkout.sessions.create(nested(body), { idempotencyKey: `peers-${name}` });
    const last = asked[asked.length - 1];
    assert(made.url.startsWith('https://'), `${name} made no session`);
    assert(last.path === path && sorted(last.body) === sorted(body),
      `${name} asks otherwise than usher:\n${last.path}\n${sorted(last.body)}\n--\n${path}\n${sorted(body)}`);
  }
  server.close();
  return GENERATIONS.length;
}

const rows = () => [...GENERATIONS.flatMap(([name, newer]) => rowsOf(name, newer)), ...refusals()];

module.exports = { rows, checkout };
