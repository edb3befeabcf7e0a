import { z } from 'zod'
import * as input from '../input.ts'
import { procedures, router } from '../trpc.ts'

const one = z.strictObject({ id: input.id })
const page = z
  .strictObject({ cursor: input.cursor, limit: z.int().min(1).max(500).default(50) })
  .default({ limit: 50 })

/** What admins do with people. Each change is in the audit log. */
export const adminPeople = {
  users: router({
    /** Lists people, newest first. */
    list: procedures.admin.input(page).query(({ ctx, input: call }) => ctx.services.people.list(call)),

    /** Makes an invitation; its link is shown once. With `email`, only that address can use it. */
    invite: procedures.admin
      .input(z.strictObject({ email: input.email.nullish(), role: input.role.default('user') }))
      .mutation(({ ctx, input: { email, role } }) => ctx.services.people.invite(email ?? null, role)),

    setRole: procedures.admin
      .input(z.strictObject({ id: input.id, role: input.role }))
      .mutation(({ ctx, input: { id, role } }) => ctx.services.people.setRole(id, role)),

    /** Lets a person call no longer, and ends what it has open. */
    disable: procedures.admin
      .input(one)
      .mutation(({ ctx, input: { id } }) => ctx.services.people.disable(id)),

    enable: procedures.admin.input(one).mutation(({ ctx, input: { id } }) => ctx.services.people.enable(id)),

    /** Makes a link that sets a new password; it is shown once. */
    resetLink: procedures.admin
      .input(one)
      .mutation(({ ctx, input: { id } }) => ctx.services.people.resetLink(id)),

    endSessions: procedures.admin
      .input(one)
      .mutation(({ ctx, input: { id } }) => ctx.services.people.endSessions(id)),

    /** Removes a person with all that belongs to it. */
    remove: procedures.admin.input(one).mutation(({ ctx, input: { id } }) => ctx.services.people.remove(id)),
  }),

  invitations: router({
    list: procedures.admin.query(({ ctx }) => ctx.services.people.invitations()),

    revoke: procedures.admin
      .input(one)
      .mutation(({ ctx, input: { id } }) => ctx.services.people.revokeInvitation(id)),
  }),

  audit: router({
    /** Lists the audit log, newest first. */
    list: procedures.admin.input(page).query(({ ctx, input: call }) => ctx.services.people.auditLog(call)),

    /** A page of the audit log as a text: JSON lines, or CSV. */
    export: procedures.admin
      .input(z.strictObject({ cursor: input.cursor, format: z.enum(['jsonl', 'csv']).default('jsonl') }))
      .query(({ ctx, input: call }) => ctx.services.people.exportAuditLog(call.format, call.cursor ?? null)),
  }),
}
