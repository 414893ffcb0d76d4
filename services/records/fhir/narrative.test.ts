import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNarrative } from './narrative.ts';

test('formatting, links and images', () => {
  for (const inner of [
    'plain text',
    '<p>a <b>bold</b> word<br/></p><!-- note -->',
    '<table><tr><td style="color: red">5 &lt; 6 &#39;</td></tr></table>',
    '<a href="https://a.example/?b=1&amp;c=2">a</a><a href="#b">b</a><a href="Patient/1">c</a><a name="x"/>',
    '<img src="data:image/png;base64,AAAA" alt="a"/><img src="#img"/>',
    'The lamp is on = yes, one = 1',
    '<span title="switched off">a</span>',
  ])
    assert.equal(isNarrative(`<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`), true, inner);
  assert.equal(isNarrative('  <div>a</div>\n'), true);
});

test('nothing active, nothing else than a div', () => {
  for (const inner of [
    '<script>a()</script>',
    '<SCRIPT src="https://a.example"/>',
    '<img src="a" onerror="b()"/>',
    '<img src="a"onerror="b()"/>',
    '<p/onclick=b()>',
    '<svg/onload=b()>',
    '<a href="javascript:b()">a</a>',
    '<a href=" JavaScript:b()">a</a>',
    '<a href="java&#115;cript:b()">a</a>',
    '<a href="&#106;avascript&colon;b()">a</a>',
    '<a href="data:text/html,b">a</a>',
    '<iframe src="https://a.example"></iframe>',
    '<form action="https://a.example"></form>',
    '<style>p {}</style>',
    '<?php b() ?>',
    '<!DOCTYPE a>',
    '< script>a()</script>',
  ])
    assert.equal(isNarrative(`<div>${inner}</div>`), false, inner);
  for (const text of ['', 'a', '<p>a</p>', '<div>a', '<division>a</division>', 7, null])
    assert.equal(isNarrative(text), false);
});

test('long hostile texts are read in one pass', () => {
  for (const part of ['<', '<div ', '<a href="', 'href="a', ' on', '<!--'])
    assert.equal(typeof isNarrative(`<div>${part.repeat(50_000)}</div>`), 'boolean');
});
