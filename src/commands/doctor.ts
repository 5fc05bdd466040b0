import {
  renderExaminations,
  renderExaminationsJson,
  renderNagios,
  renderNagiosUnknown,
} from '../core/doctor-report.ts'
import { Fault } from '../core/fault.ts'
import { countsOf, type Examination } from '../core/finding.ts'
import { examineAll, type FleetOptions } from '../fleet.ts'

export type DoctorOptions = FleetOptions & { readonly form: 'text' | 'json' | 'nagios' }

/** Looks for everything that lets a push through in silence or holds up all of them. 0: well, 1: warnings, 2: faults; 3, with `nagios` alone: no answer. */
export async function doctor(options: DoctorOptions, say: (line: string) => void): Promise<0 | 1 | 2 | 3> {
  const examined = await answer(options)
  if (examined instanceof Fault) {
    if (options.form !== 'nagios') throw examined
    say(renderNagiosUnknown(examined.message))
    return 3
  }
  if (options.form === 'nagios') say(renderNagios(examined))
  else if (options.form === 'json') for (const line of renderExaminationsJson(examined)) say(line)
  else for (const line of renderExaminations(examined, options.all.length > 0)) say(line)
  const { fault, warning } = countsOf(examined)
  return fault > 0 ? 2 : warning > 0 ? 1 : 0
}

async function answer(options: DoctorOptions): Promise<readonly Examination[] | Fault> {
  try {
    return await examineAll(options)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}
