// What the strict check refuses and takes; a remedy is compared where the table gives one.
import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/fault.ts'
import { policyFrom } from '../../src/core/policy-settings.ts'
import { checkPolicyText } from '../../src/core/policy-text.ts'
import { suite } from '../support/suite.ts'

const test = suite('policy text')

const main = '[protect "refs/heads/main"]'

const faults: readonly [name: string, text: string, message: string, remedy: string][] = [
  // What the package `ini` takes in silence.
  ['a byte order mark', `\ufeff${main}\n`, 'f:1: a byte order mark', 'save the file as UTF-8 without one'],
  [
    'a byte order mark later on',
    `keys = /k\n\ufeff${main}\n`,
    'f:2: the character U+FEFF',
    'remove it: it cannot be seen for what it is',
  ],
  [
    'a comment after a header',
    `${main} ; note\nmode = none\n`,
    "f:1: '; note' after the section header",
    `write ${main}, and what follows on a line of its own`,
  ],
  [
    'a setting after a header',
    `${main} mode = none\n`,
    "f:1: 'mode = none' after the section header",
    `write ${main}, and what follows on a line of its own`,
  ],
  [
    'an unclosed header',
    `[protect "refs/heads/main"\nmode = none\n`,
    'f:1: the section header is not closed',
    `write ${main}`,
  ],
  ['an unclosed name', '[protect\n', 'f:1: the section header is not closed', `write ${main}`],
  [
    'an unclosed quote',
    '[protect "refs/heads/main]\n',
    'f:1: the section header is not closed',
    `write ${main}`,
  ],
  [
    'an indented header',
    `keys = /k\n  ${main}\n`,
    `f:2: '${main}' is not how a section begins`,
    `write ${main} at the start of the line`,
  ],
  [
    'a setting given twice',
    'keys = /a\nlog = /l\nkeys = /b\n',
    "f:3: 'keys' is already set in line 1",
    'keep one of the two; the parts of a list are separated by commas',
  ],
  [
    'a setting given twice in a section',
    `${main}\nmode = all\nmode = all\n`,
    "f:3: 'mode' is already set in line 2",
    'keep one of the two; the parts of a list are separated by commas',
  ],
  [
    'a section given twice',
    `${main}\nmode = all\n\n[protect  "refs/heads/main"]\nmode = none\n`,
    `f:4: ${main} is already in line 1`,
    'put the settings of both into one section',
  ],
  [
    'an array',
    'keys[] = /k\n',
    "f:1: 'keys[]' is not a setting",
    'a list is one setting, its parts separated by commas',
  ],
  [
    'no equals sign',
    `${main}\nrewind\n`,
    "f:2: 'rewind' has no '='",
    'write NAME = VALUE, or begin a comment with ;',
  ],
  ['no name', '= /k\n', "f:1: no name before the '='", 'write NAME = VALUE'],
  ['__proto__', '__proto__ = x\n', "f:1: unknown setting '__proto__'", ''],
  ['constructor', `${main}\nconstructor = x\n`, "f:2: unknown setting 'constructor'", ''],
  [
    'a section named __proto__',
    '[__proto__]\nmode = all\n',
    "f:1: unknown section '__proto__'",
    'the only section is [protect "REF"]',
  ],
  [
    'a quoted value',
    'keys = "/k"\n',
    "f:1: \" in the value of 'keys'",
    'write values without quotes and backslashes',
  ],
  ['a quoted JSON value', `${main}\nmode = "\\u0061ll"\n`, "f:2: \" in the value of 'mode'", ''],
  ['a single-quoted value', "log = '/l'\n", "f:1: ' in the value of 'log'", ''],
  ['an apostrophe', "log = /o'brien\n", "f:1: ' in the value of 'log'", ''],
  ['a backslash', 'log = /a\\;b\n', "f:1: ; in the value of 'log'", ''],
  ['a backslash alone', 'log = /a\\b\n', "f:1: \\ in the value of 'log'", ''],
  ['a backslash at the end', 'keys = /a, \\\n /b\n', "f:1: \\ in the value of 'keys'", ''],
  [
    'a glued semicolon',
    'keys = /k;old\n',
    "f:1: ; in the value of 'keys'",
    'put a space before a comment; a value cannot hold ; or #',
  ],
  ['a glued hash', 'keys = /k#1\n', "f:1: # in the value of 'keys'", ''],
  ['a glued mark before a comment', 'keys = /k#1 ; note\n', "f:1: # in the value of 'keys'", ''],
  ['a comment glued to the equals sign', 'sync-tag =; none\n', "f:1: ; in the value of 'sync-tag'", ''],
  ['a lone carriage return', '; note\rmode = none\n', 'f:1: the character U+000D', ''],
  ['a carriage return at the end', 'keys = /k\r', 'f:1: the character U+000D', ''],
  ['NUL', 'keys = /k\0\n', 'f:1: the character U+0000', ''],
  ['NUL in a comment', 'keys = /k ; \0\n', 'f:1: the character U+0000', ''],
  [
    'escape',
    'keys = /k\u001b[2K\n',
    'f:1: the character U+001B',
    'remove it: it cannot be seen for what it is',
  ],
  ['a form feed', '\fkeys = /k\n', 'f:1: the character U+000C', ''],
  ['C1', 'keys = /k ; \u009b\n', 'f:1: the character U+009B', ''],
  ['next line', '; \u0085\n', 'f:1: the character U+0085', ''],
  ['a line separator', `${main}\nmode = all\u2028\n`, 'f:2: the character U+2028', ''],
  ['a paragraph separator in a comment', '; \u2029mode = all\n', 'f:1: the character U+2029', ''],
  ['text turned round', '; \u202ekeys\n', 'f:1: the character U+202E', ''],
  ['a no-break space', 'keys = /k\u00a0\n', 'f:1: the character U+00A0', ''],
  ['a no-break space in a name', 'keys\u00a0= /k\n', 'f:1: the character U+00A0', ''],
  ['a zero-width space', `${main}\nmode = al\u200bl\n`, 'f:2: the character U+200B', ''],
  ['a soft hyphen in a header', '[protect "refs/heads/ma\u00adin"]\n', 'f:1: the character U+00AD', ''],
  ['a private character', 'log = /\u{10fffd}\n', 'f:1: the character U+10FFFD', ''],
  ['a line of no-break spaces', 'keys = /k\n\u00a0\n', 'f:2: the character U+00A0', ''],
  ['an empty value', 'keys =\n', "f:1: 'keys' has no value", 'write one, or remove the line'],
  ['an empty value before a comment', `${main}\nmode = ; all\n`, "f:2: 'mode' has no value", ''],
  ['an empty file', '', 'f: empty', 'write the settings into it, or a comment if there shall be none'],
  ['a blank file', '\n \t\r\n', 'f: empty', ''],
  // Headers.
  ['no ref', '[protect]\nmode = all\n', 'f:1: [protect] names no ref', `write ${main}`],
  [
    'a ref without quotes',
    '[protect refs/heads/main]\n',
    "f:1: '[protect refs/heads/main]' has no double quotes around the ref",
    `write ${main}`,
  ],
  [
    'a ref in single quotes',
    "[protect 'refs/heads/main']\n",
    "f:1: '[protect 'refs/heads/main']' has no double quotes around the ref",
    '',
  ],
  [
    'an unknown section',
    '[branch "main"]\n',
    "f:1: unknown section 'branch'",
    'the only section is [protect "REF"]',
  ],
  [
    'a misspelt section',
    '[protct "refs/heads/main"]\n',
    "f:1: unknown section 'protct'",
    "did you mean 'protect'?",
  ],
  [
    'a section in capitals',
    '[Protect "refs/heads/main"]\n',
    "f:1: unknown section 'Protect'",
    "did you mean 'protect'?",
  ],
  ['a section with a dot', '[protect.main]\n', "f:1: unknown section 'protect.main'", ''],
  ['a section without a name', '[]\n', 'f:1: a section without a name', ''],
  ['a quoted section', '["protect"]\n', 'f:1: a section without a name', ''],
  [
    'no space',
    '[protect"refs/heads/main"]\n',
    `f:1: '[protect"refs/heads/main"]' is not how a section begins`,
    '',
  ],
  [
    'space after the bracket',
    '[ protect "refs/heads/main"]\n',
    `f:1: '[ protect "refs/heads/main"]' is not how a section begins`,
    '',
  ],
  ['space before the bracket', '[protect "refs/heads/main" ]\n', "f:1: ']' after the ref", ''],
  [
    'two refs',
    '[protect "refs/heads/a" "refs/heads/b"]\n',
    `f:1: '"refs/heads/b"]' after the ref`,
    'write [protect "refs/heads/a"], and what follows on a line of its own',
  ],
  ['a quote in the ref', '[protect "refs/heads/a"b"]\n', `f:1: 'b"]' after the ref`, ''],
  [
    'a bracket in the ref',
    '[protect "refs/heads/a]b"]\n',
    'f:1: ] cannot stand in a section header',
    'write * in the place of ]',
  ],
  [
    'a backslash in the ref',
    '[protect "refs/heads/a\\.b"]\n',
    'f:1: \\ cannot stand in a section header',
    '',
  ],
  // Names.
  ['a misspelt setting', 'kyes = /k\n', "f:1: unknown setting 'kyes'", "did you mean 'keys'?"],
  ['a setting in capitals', `${main}\nMode = all\n`, "f:2: unknown setting 'Mode'", "did you mean 'mode'?"],
  [
    'a misspelt section setting',
    `${main}\ntrust-roots = 1\n`,
    "f:2: unknown setting 'trust-roots'",
    "did you mean 'trust-root'?",
  ],
  [
    'a misspelt setting of the other place',
    'modes = all\n',
    "f:1: unknown setting 'modes'",
    "did you mean 'mode'?",
  ],
  [
    'nothing like it',
    `${main}\ncolour = red\n`,
    "f:2: unknown setting 'colour'",
    'write one of mode, keys, revoked-keys, trust-root, rewind, delete, signer-is-committer, signer-is-pusher',
  ],
  ['two words', 'signing key = x\n', "f:1: unknown setting 'signing key'", "did you mean 'signing-key'?"],
  [
    'a section setting at the top',
    'mode = all\n',
    "f:1: 'mode' outside a section",
    'put it below a [protect "REF"] header',
  ],
  [
    'a top setting in a section',
    `keys = /k\n${main}\nlog = /l\n`,
    `f:3: 'log' in ${main}`,
    'put it above the first [protect "REF"] header',
  ],
  ['a long line', `${'x'.repeat(1000)}\n`, `f:1: '${'x'.repeat(59)}…' has no '='`, ''],
]

for (const [name, text, message, remedy] of faults)
  test(`${name} is a fault`, () => {
    const fault = faultOf(text)
    assert.is(fault?.message, message)
    if (remedy !== '') assert.is(fault?.remedy, remedy)
    assert.ok(fault?.remedy)
  })

const taken: readonly [name: string, text: string, top: object, sections: object][] = [
  ['a comment alone', '; nothing is verified here\n', {}, {}],
  [
    'CRLF',
    `keys = /k\r\n\r\n${main}\r\nmode = all\r\n`,
    { keys: '/k' },
    { 'refs/heads/main': { mode: 'all' } },
  ],
  ['no line end at the end', `${main}\nmode = all`, {}, { 'refs/heads/main': { mode: 'all' } }],
  [
    'indented settings and comments',
    `${main}\n\tmode = all\n  # note\n  ; "it's" [x] = \\ \n`,
    {},
    { 'refs/heads/main': { mode: 'all' } },
  ],
  ['no space at all', 'keys=/k,/l\n', { keys: '/k,/l' }, {}],
  ['inline comments', 'keys = /k ; a "b" \\ ; c\nlog = /l\t# d # e\n', { keys: '/k', log: '/l' }, {}],
  ['an equals sign in a value', 'log = /a=b\n', { log: '/a=b' }, {}],
  ['spaces in a value', 'log = /a b/c\n', { log: '/a b/c' }, {}],
  ['an empty sync-tag', 'sync-tag = ; none\n', { 'sync-tag': '' }, {}],
  ['an empty section', `${main}\n`, {}, { 'refs/heads/main': {} }],
  ['space after a header', `${main} \t\nmode = all\n`, {}, { 'refs/heads/main': { mode: 'all' } }],
  ['marks in a ref', '[protect "refs/heads/v1.2;#a=b"]\n', {}, { 'refs/heads/v1.2;#a=b': {} }],
  [
    'keys in both places',
    `keys = /k\n${main}\nkeys = /l\n`,
    { keys: '/k' },
    { 'refs/heads/main': { keys: '/l' } },
  ],
  ['a right-to-left comment', '; \u05e9\u05dc\u05d5\u05dd\u200f \u{1f469}\u200d\u{1f4bb}\n', {}, {}],
]

for (const [name, text, top, sections] of taken)
  test(`${name} is taken`, () => {
    const checked = checkPolicyText('f', text)
    const valuesOf = (settings: typeof checked.settings) =>
      Object.fromEntries([...settings].map(([key, { value }]) => [key, value]))
    assert.equal(valuesOf(checked.settings), top)
    assert.equal(
      Object.fromEntries(
        [...checked.sections].map(([pattern, { settings }]) => [pattern, valuesOf(settings)]),
      ),
      sections,
    )
  })

test('lines are counted from 1 and kept', () => {
  const { settings, sections } = checkPolicyText('f', `; a\n\nkeys = /k\n${main}\n\nmode = all\n`)
  assert.is(settings.get('keys')?.line, 3)
  assert.is(sections.get('refs/heads/main')?.line, 4)
  assert.is(sections.get('refs/heads/main')?.settings.get('mode')?.line, 6)
})

test('any text is a policy or a Fault', () => {
  const words = [
    '[protect "',
    'refs/heads/',
    '"]',
    '\n',
    '\r\n',
    ' = ',
    ';',
    '#',
    'mode',
    'keys',
    'all',
    '/k',
    ' ',
  ]
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 }))).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(text, given => {
      try {
        policyFrom([checkPolicyText('f', given)])
      } catch (error) {
        assert.instance(error, Fault)
      }
    }),
    { numRuns: 5000 },
  )
})

function faultOf(text: string): Fault | null {
  try {
    checkPolicyText('f', text)
    return null
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

test.run()
