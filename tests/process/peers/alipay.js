// alipay-sdk judges a notification that is signed as Alipay signs; then usher must judge the same.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const { AlipaySdk } = require('alipay-sdk');
const { run, newMember, assert } = require('./common');

const { PEER_KEY, ALIPAY_APP_ID } = process.env;

function rows() {
  const key = fs.readFileSync(PEER_KEY, 'utf8');
  const publicKey = crypto.createPublicKey(key).export({ type: 'spki', format: 'pem' });
  const bare = publicKey.replace(/-----.*-----/g, '').replace(/\s/g, '');
  const sdk = new AlipaySdk({ appId: ALIPAY_APP_ID, privateKey: key, keyType: 'PKCS8', alipayPublicKey: bare });
  const member = newMember();
  const stamp = new Date(Date.now() + 8 * 3600 * 1000).toISOString().replace('T', ' ').slice(0, 19); // in China
  const fields = { notify_time: stamp, notify_type: 'trade_status_sync', notify_id: run, app_id: ALIPAY_APP_ID,
    charset: 'utf-8', version: '1.0', trade_no: `2026${Date.now()}`, out_trade_no: `o-${run}`, trade_status: 'TRADE_SUCCESS',
    total_amount: '29.00', receipt_amount: '29.00', gmt_create: stamp, gmt_payment: stamp, subject: '社群 & 会员=1',
    passback_params: encodeURIComponent(JSON.stringify({ telegram_id: member, plan: 'core' })) };
  const text = Object.keys(fields).sort().map((name) => `${name}=${fields[name]}`).join('&');
  const sign = crypto.createSign('RSA-SHA256').update(text, 'utf8').sign(key, 'base64');
  const signed = { ...fields, sign_type: 'RSA2', sign };
  const other = { ...signed, total_amount: '28.00' };
  const forms = [['paid', signed, true], ['another amount', other, false]];
  return forms.map(([what, form, good]) => {
    assert(sdk.checkNotifySignV2(form) === good, `alipay-sdk judges "${what}" otherwise`);
    return { what, gateway: 'alipay', body: new URLSearchParams(form).toString(), status: good ? 200 : 401,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, ...(good ? { grants: [member] } : {}) };
  });
}

module.exports = { rows };
