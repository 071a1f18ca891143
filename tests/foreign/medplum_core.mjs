// @medplum/core, unchanged: a hospital's program searches, holds, books and cancels.
import { readFileSync } from 'node:fs'
import { MedplumClient } from '@medplum/core'

const said = JSON.parse(readFileSync(0, 'utf8'))
const done = []
const medplum = new MedplumClient({ baseUrl: said.origin, fhirUrlPath: 'fhir', fetch, cacheTime: 0 })
medplum.setAccessToken(said.token)
const operate = (name, parameter) => medplum.post(medplum.fhirUrl('Appointment', name), { resourceType: 'Parameters', parameter })

const slots = await medplum.searchResources('Slot', { status: 'free', start: [`ge${said.start}`, `lt${said.end}`], _sort: 'start' })
if (slots.length === 0) throw new Error('nothing is free')
done.push('search')

const slot = slots[0]
const contained = [{ resourceType: 'Slot', id: 's', schedule: slot.schedule, status: 'busy', start: slot.start, end: slot.end }]
const appointment = {
  resourceType: 'Appointment', status: 'proposed', start: slot.start, end: slot.end, contained, slot: [{ reference: '#s' }],
  participant: [{ actor: { reference: `Patient/${said.patient}` }, status: 'tentative' }],
}
const held = (await operate('$hold', [{ name: 'appointment', resource: appointment }])).entry[0].resource
if (held.status !== 'pending') throw new Error('not held')
done.push('hold')

const booked = (await operate('$book', [{ name: 'appointment', resource: { ...appointment, id: held.id } }])).entry[0].resource
if (booked.status !== 'booked') throw new Error('not booked')
done.push('book')

const read = await medplum.readResource('Appointment', booked.id, { cache: 'reload' })
const steps = [{ op: 'replace', path: '/status', value: 'cancelled' }]
const given = await medplum.patchResource('Appointment', booked.id, steps, { headers: { 'if-match': `W/"${read.meta.versionId}"` } })
if (given.status !== 'cancelled') throw new Error('not cancelled')
done.push('cancel')

const elsewhere = await medplum.readResource('Patient', '00000000-0000-4000-8000-000000000000').then(() => null, (one) => one)
if (elsewhere?.outcome?.issue?.[0]?.code !== 'not-found') throw new Error('an outcome is read')
done.push('refusal')

const unless = { ...appointment, status: 'booked', identifier: [{ system: 'urn:his:booking', value: said.name }] }
const made = await medplum.createResourceIfNoneExist(unless, `identifier=urn:his:booking|${said.name}`)
const again = await medplum.createResourceIfNoneExist(unless, `identifier=urn:his:booking|${said.name}`)
if (made.id !== again.id || made.status !== 'booked') throw new Error('made twice')
await operate('$book', [{ name: 'appointment', resource: { ...made, status: 'cancelled' } }])
done.push('conditional create')

console.log(JSON.stringify(done))
