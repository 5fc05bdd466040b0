import * as assert from 'uvu/assert'
import { childEnvironment } from '../../src/core/child-environment.ts'
import { suite } from '../support/suite.ts'

const test = suite('child-environment')

const hostile = {
  GIT_CONFIG_GLOBAL: '/home/x/.gitconfig',
  GIT_CONFIG_SYSTEM: '/x',
  GIT_CONFIG_NOSYSTEM: '0',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'core.hooksPath',
  GIT_CONFIG_VALUE_0: '/x',
  GIT_CONFIG_PARAMETERS: "'core.fsmonitor=/x'",
  GIT_NO_REPLACE_OBJECTS: '0',
  GIT_REPLACE_REF_BASE: 'refs/heads/',
  GIT_GRAFT_FILE: '/x',
  GIT_SHALLOW_FILE: '/x',
  GIT_DIR: '/elsewhere',
  GIT_WORK_TREE: '/x',
  GIT_NAMESPACE: 'x',
  GIT_INDEX_FILE: '/x',
  GIT_TRACE: '/x',
  GIT_TRACE2_EVENT: '/x',
  GIT_EXEC_PATH: '/x',
  GIT_SSH_COMMAND: '/x',
  GIT_PAGER: '/x',
  GIT_PROTOCOL: 'version=2',
  HOME: '/home/x',
  XDG_CONFIG_HOME: '/x',
  NODE_OPTIONS: '--require /x',
  LD_PRELOAD: '/x',
  LANG: 'de_DE.UTF-8',
  LC_ALL: 'de_DE.UTF-8',
  LC_MESSAGES: 'de_DE.UTF-8',
  TMPDIR: '/x',
}

const quarantine = {
  PATH: '/usr/bin:/bin',
  GIT_QUARANTINE_PATH: '/r/objects/tmp',
  GIT_OBJECT_DIRECTORY: '/r/objects/tmp',
  GIT_ALTERNATE_OBJECT_DIRECTORIES: '/r/objects',
}

const own = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_GRAFT_FILE: '/dev/null',
  GIT_SHALLOW_FILE: '',
  GIT_NO_LAZY_FETCH: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
}

test('the quarantine and PATH get through, and nothing else that was there', () => {
  assert.equal(childEnvironment({ ...hostile, ...quarantine }, '/r'), {
    ...own,
    ...quarantine,
    GIT_DIR: '/r',
  })
})

test('the repository is the one that was asked for, or none', () => {
  assert.is(childEnvironment(hostile, '/r')['GIT_DIR'], '/r')
  assert.is('GIT_DIR' in childEnvironment(hostile, null), false)
})

test('what is not there is not made up', () => {
  assert.equal(childEnvironment({}, null), own)
  assert.equal(childEnvironment({ GIT_QUARANTINE_PATH: undefined }, null), own)
})

test.run()
