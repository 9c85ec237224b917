// Posts callbacks that the gateways' own libraries signed or judged, and wrong ones; says what was not as expected, and
// whether what was paid is granted. Started by ./run, which says what the environment must hold.
'use strict';

const { checkout, rows: stripe } = require('./stripe');
const gateways = [stripe, ...['standard', 'wechat', 'alipay', 'crypto_pay'].map((name) => require(`./${name}`).rows)];

const { USHER_URL, ADMIN_TOKEN } = process.env;
const PATIENCE_MS = 30000;

async function statusOf(member, payment) {
  const answer = await fetch(`${USHER_URL}/api/v1/members/${member}`, {
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` } });
  if (answer.status !== 200) return 'unknown';
  const document = await answer.json();
  const known = !payment || document.payments.some((one) => one.payment_id === payment);
  return known ? document.entitlements[0]?.status ?? 'none' : 'another payment';
}

// Until the member's plan is so; what it is at the end.
async function settled(member, payment, wanted) {
  let status;
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    status = await statusOf(member, payment);
    if (status === wanted) return status;
    await new Promise((done) => { setTimeout(done, 50); });
  }
  return status;
}

async function post(row) {
  const answer = await fetch(`${USHER_URL}/hooks/${row.gateway}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', ...row.headers }, body: row.body });
  const text = await answer.text();
  if (answer.status !== row.status) return `${answer.status}, expected ${row.status}: ${text}`;
  if (row.grants) {
    const status = await settled(row.grants[0], row.grants[1], 'active');
    if (status !== 'active') return `granted nothing: ${status}`;
  }
  if (row.ends) {
    const status = await settled(row.ends, null, 'ended');
    if (status !== 'ended') return `took nothing back: ${status}`;
  }
  return null;
}

async function main() {
  let failed = 0;
  const rows = (await Promise.all(gateways.map((make) => make()))).flat();
  for (const row of rows) {
    const wrong = await post(row);
    if (wrong) {
      failed += 1;
      console.error(`${row.gateway}, ${row.what}: ${wrong}`);
    }
  }
  const clients = await checkout();
  console.log(`peers: ${rows.length - failed} of ${rows.length} callbacks answered as expected; `
    + `${clients} clients ask for a session as usher does`);
  process.exitCode = failed ? 1 : 0;
}

main().catch((error) => {
  console.error(`peers: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}`);
  process.exitCode = 1;
});
