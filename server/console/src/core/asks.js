/* core/asks.js -- which drafts of rule tables wait for whom.
 *
 * In:  system.drafts of the feed, and the session.
 * Out: {mine: drafts that this user is asked to confirm, answered: his own
 *      that a second person has confirmed}.
 * Pure. */
const MAY_CONFIRM = new Set(['admin', 'duty']);

export function asks_of(drafts, session)
{
        const list = drafts || [];

        return {
                mine: MAY_CONFIRM.has(session.role) ? list.filter((d) =>
                        !d.confirmed_by && d.author !== session.user) : [],
                answered: list.filter((d) => d.confirmed_by &&
                        d.author === session.user),
        };
}

/* The same as long as nothing new is asked or answered. */
export const asks_mark = (asks) => [...asks.mine, ...asks.answered]
        .map((d) => `${d.hash} ${d.confirmed_by || ''}`).join();
