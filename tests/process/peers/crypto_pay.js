// The middleware of crypto-bot-api judges an update that is signed as Crypto Pay signs; then usher must judge the same.
'use strict';

const crypto = require('crypto');
const http = require('http');
const Client = require('crypto-bot-api');
const { run, newMember, assert } = require('./common');

const { CRYPTOPAY_TOKEN } = process.env;
const NAME = 'crypto-pay-api-signature';

async function rows() {
  const member = newMember();
  const update = { update_id: Date.now(), update_type: 'invoice_paid', request_date: new Date().toISOString(), payload: {
    invoice_id: Date.now() % 1000000000, hash: `IV${run}`, currency_type: 'crypto', asset: 'USDT', amount: '29',
    paid_asset: 'USDT', paid_amount: '29', status: 'paid', paid_at: new Date().toISOString(),
    payload: JSON.stringify({ telegram_id: member, plan: 'core' }) } };
  const body = JSON.stringify(update);
  const sign = (token) => crypto.createHmac('sha256', crypto.createHash('sha256').update(token).digest())
    .update(body).digest('hex');
  const client = new Client(CRYPTOPAY_TOKEN);
  let heard = 0;
  client.on('paid', () => { heard += 1; });
  const server = http.createServer(client.middleware());
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const found = [];
  for (const [what, token, status] of [['paid', CRYPTOPAY_TOKEN, 200], ['another token', '2:B', 401]]) {
    const headers = { 'Content-Type': 'application/json', [NAME]: sign(token) };
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', headers, body });
    assert(answer.status === status, `crypto-bot-api judges "${what}" otherwise: ${answer.status}`);
    found.push({ what, gateway: 'cryptopay', body, headers, status, ...(status === 200 ? { grants: [member] } : {}) });
  }
  assert(heard === 1, 'crypto-bot-api heard of no payment');
  server.closeAllConnections();
  server.close();
  return found;
}

module.exports = { rows };
