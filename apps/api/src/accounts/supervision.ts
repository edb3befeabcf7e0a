import type { Budget, ManagedUsage, PersonalKey, RunningAnswer, UsageDay } from '@slicechat/contract'
import type { Principal } from '../access/access.ts'
import type { AuditedAct } from '../access/audit.ts'
import type { BudgetSubject } from '../access/budgets/budgets.ts'
import { CodedError } from '../errors.ts'
import type { UsageRange } from '../store/usage.ts'
import type { AccountParts } from './account-parts.ts'

/** The budgets that count for everyone, and those that were set. */
export interface AllBudgets {
  standard: Budget
  own: { subject: BudgetSubject; label: string; budget: Budget }[]
}

/** What admins see and set of keys, budgets, usage and running answers. Each act is in the audit log. */
export class Supervision {
  readonly #principal: Principal
  readonly #address: string | null
  readonly #parts: AccountParts

  constructor(principal: Principal, address: string | null, parts: AccountParts) {
    this.#principal = principal
    this.#address = address
    this.#parts = parts
  }

  async keys(userId: string): Promise<PersonalKey[]> {
    await this.#parts.keysUsed.flush()
    return this.#parts.keys.list(userId)
  }

  /** Revokes anybody's key and ends its sockets. @throws {CodedError} NOT_FOUND */
  async revokeKey(id: string): Promise<void> {
    const userId = await this.#parts.keys.revoke(undefined, id)
    if (userId === undefined) throw new CodedError('NOT_FOUND', 'There is no such key.')
    this.#parts.connections.end({ keyId: id })
    await this.#audit({ action: 'key-revoked', subject: userId, details: { keyId: id } })
  }

  async budgets(): Promise<AllBudgets> {
    const { budgets } = this.#parts
    const own = await budgets.all()
    const labels = await this.#labels(
      own.flatMap(({ subject }) => (subject.kind === 'owner' ? [subject.owner] : [])),
    )
    return {
      standard: await budgets.standard(),
      own: own.map(({ subject, budget }) => ({
        subject,
        budget,
        label: subject.kind === 'owner' ? (labels.get(subject.owner) ?? subject.owner) : '',
      })),
    }
  }

  /** Sets a budget; `null` removes it, so that the default counts again. */
  async setBudget(subject: BudgetSubject, budget: Budget | null): Promise<void> {
    await this.#parts.budgets.set(subject, budget)
    await this.#audit({
      action: budget === null ? 'budget-removed' : 'budget-set',
      subject: subject.kind === 'owner' ? subject.owner : null,
      details: { kind: subject.kind, ...(subject.kind === 'key' ? { keyId: subject.keyId } : {}), ...budget },
    })
  }

  /** Usage of all owners by day and model, newest day first. */
  async usage(range: UsageRange): Promise<ManagedUsage[]> {
    const days: (UsageDay & { owner: string })[] = await this.#parts.usage.ofAll(range)
    const labels = await this.#labels(days.map(({ owner }) => owner))
    return days.map((day) => ({ ...day, label: labels.get(day.owner) ?? day.owner }))
  }

  /** The answers that run or wait, without any of their text, oldest first. */
  async answers(): Promise<RunningAnswer[]> {
    const running = this.#parts.doors.flatMap((door) => door.running())
    running.sort((one, other) => (one.acceptedAt < other.acceptedAt ? -1 : 1))
    const labels = await this.#labels(running.map(({ owner }) => owner))
    return running.map((answer) => ({ ...answer, label: labels.get(answer.owner) ?? answer.owner }))
  }

  /** Stops anybody's answer. @returns whether this call ended it. @throws {CodedError} NOT_FOUND */
  async stopAnswer(id: string): Promise<boolean> {
    for (const door of this.#parts.doors) {
      const answer = door.running().find((one) => one.id === id)
      if (answer === undefined) continue
      const stopped = await door.stop(answer.owner, id)
      await this.#audit({ action: 'answer-stopped', subject: answer.owner, details: { generationId: id } })
      return stopped
    }
    throw new CodedError('NOT_FOUND', 'There is no such running answer.')
  }

  /** E-mail addresses by owner, for owners that are people. */
  #labels(owners: readonly string[]): Promise<Map<string, string>> {
    return this.#parts.users.emails([...new Set(owners)])
  }

  #audit(act: AuditedAct): Promise<void> {
    return this.#parts.audit.write({ principal: this.#principal, address: this.#address }, act)
  }
}
