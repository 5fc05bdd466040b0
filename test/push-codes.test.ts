import { declareReasonTests } from './support/reason-pushes.ts'
import { suite } from './support/suite.ts'

const reasons = suite('push: reason codes, SHA-1')

declareReasonTests(reasons, 'sha1')

reasons.run()
