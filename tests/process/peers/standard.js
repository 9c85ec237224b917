// The package of Standard Webhooks.
'use strict';

const { Webhook } = require('standardwebhooks');
const { TOLERANCE_S, nowS, run, newMember } = require('./common');

const { STANDARD_SECRET } = process.env;
const FOREIGN_SECRET = 'whsec_' + Buffer.alloc(24, 7).toString('base64');

function bodyOf(name, member, type = 'payment.succeeded') {
  return JSON.stringify({
    type,
    timestamp: new Date().toISOString(),
    data: { payment_id: `pay_${run}_${name}`, amount: '29.00', currency: 'USD',
      metadata: { telegram_id: String(member), plan: 'core' } },
  });
}

function headersOf(payload, { secret = STANDARD_SECRET, seconds = 0 } = {}) {
  const id = `msg_${run}_${payload.length}`;
  const timestamp = nowS() + seconds;
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp),
    'webhook-signature': new Webhook(secret).sign(id, new Date(timestamp * 1000), payload) };
}

function rows() {
  const member = newMember();
  const paid = bodyOf('paid', member);
  const headers = headersOf(paid);
  const other = bodyOf('other', member, 'invoice.drafted');
  return [
    ['paid', paid, headers, 200, { grants: [member, `pay_${run}_paid`] }],
    ['paid, delivered again', paid, headers, 200],
    ['a type without use', other, headersOf(other), 200],
    ['almost too old', paid, headersOf(paid, { seconds: 10 - TOLERANCE_S }), 200],
    ['too old', paid, headersOf(paid, { seconds: -10 - TOLERANCE_S }), 401],
    ['too far ahead', paid, headersOf(paid, { seconds: 10 + TOLERANCE_S }), 401],
    ['another secret', paid, headersOf(paid, { secret: FOREIGN_SECRET }), 401],
    ['another id', paid, { ...headers, 'webhook-id': 'msg_0' }, 401],
    ['one byte more', `${paid} `, headers, 401],
    ['no signature', paid, {}, 401],
  ].map(([what, body, given, status, more]) => ({
    what, gateway: 'standard', body, headers: given, status, ...more }));
}

module.exports = { rows };
