// wechatpay-node-v3 signs with the key that WeChat Pay would hold, and opens what was sealed with the APIv3 key.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const WxPay = require('wechatpay-node-v3');
const { nowS, run, newMember, assert } = require('./common');

const { PEER_KEY, WECHAT_API_V3_KEY, WECHAT_KEY_ID } = process.env;
const NOT_OURS = Buffer.from('a certificate that nothing here reads');

function seal(resource) {
  const nonce = crypto.randomBytes(6).toString('hex');
  const cipher = crypto.createCipheriv('aes-256-gcm', WECHAT_API_V3_KEY, nonce);
  cipher.setAAD(Buffer.from('transaction'));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(resource)), cipher.final(), cipher.getAuthTag()]);
  return { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ciphertext: sealed.toString('base64'),
    associated_data: 'transaction', nonce };
}

async function rows() {
  const Pay = WxPay.default ?? WxPay;
  const pay = new Pay({ appid: 'wx1', mchid: '1900000001', serial_no: 'S', publicKey: NOT_OURS,
    privateKey: fs.readFileSync(PEER_KEY), key: WECHAT_API_V3_KEY });
  const member = newMember();
  const resource = seal({ appid: 'wx1', mchid: '1900000001', out_trade_no: `o${run}`.replace(/-/g, '').slice(0, 32),
    transaction_id: `42000${Date.now()}`, trade_type: 'NATIVE', trade_state: 'SUCCESS',
    attach: JSON.stringify({ telegram_id: member, plan: 'core' }), success_time: new Date().toISOString(),
    payer: { openid: 'o1' }, amount: { total: 2900, payer_total: 2900, currency: 'CNY', payer_currency: 'CNY' } });
  const body = JSON.stringify({ id: `EV-${run}`, create_time: new Date().toISOString(), resource_type: 'encrypt-resource',
    event_type: 'TRANSACTION.SUCCESS', summary: 'paid', resource });
  const opened = pay.decipher_gcm(resource.ciphertext, resource.associated_data, resource.nonce, WECHAT_API_V3_KEY);
  assert(opened.trade_state === 'SUCCESS', 'wechatpay-node-v3 does not open the resource');
  const timestamp = String(nowS());
  const nonce = 'n0nce';
  const signature = pay.sign(`${timestamp}\n${nonce}\n${body}\n`);
  Pay.certificates = { [WECHAT_KEY_ID]: crypto.createPublicKey(fs.readFileSync(PEER_KEY)) };
  assert(await pay.verifySign({ timestamp, nonce, body, serial: WECHAT_KEY_ID, signature }),
    'wechatpay-node-v3 does not take its own signature');
  const headers = { 'Wechatpay-Timestamp': timestamp, 'Wechatpay-Nonce': nonce, 'Wechatpay-Serial': WECHAT_KEY_ID,
    'Wechatpay-Signature': signature };
  return [
    { what: 'paid', gateway: 'wechat', body, headers, status: 200, grants: [member] },
    { what: 'one byte more', gateway: 'wechat', body: `${body} `, headers, status: 401 },
    { what: 'another nonce', gateway: 'wechat', body, headers: { ...headers, 'Wechatpay-Nonce': 'other' }, status: 401 },
  ];
}

module.exports = { rows };
