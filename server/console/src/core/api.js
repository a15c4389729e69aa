/* core/api.js -- the server's doors as functions.
 *
 * In:    a fetch function.
 * Out:   parsed bodies; a refusal throws an Api_error with the status and
 *        the problem document's words. */
export class Api_error extends Error {
        constructor(status, problem, retry_after)
        {
                super(problem.detail || problem.title || String(status));
                this.status = status;
                this.problem = problem;
                this.retry_after = retry_after;
        }
}

export function create_api(fetch_fn)
{
        /* A body that is a text goes out as it is. */
        async function call(method, path, body, as_text)
        {
                const init = {
                        method, credentials: 'same-origin', cache: 'no-store',
                        headers: { Accept: 'application/json' },
                };
                let response;
                let data = null;

                if (body !== undefined) {
                        init.headers['Content-Type'] = 'application/json';
                        init.body = typeof body === 'string' ? body :
                                JSON.stringify(body);
                }
                try {
                        response = await fetch_fn(path, init);
                } catch (e) {
                        throw new Api_error(0, { title: e.message });
                }
                if (response.status !== 204) {
                        try {
                                data = as_text && response.ok ?
                                        await response.text() :
                                        await response.json();
                        } catch {
                                data = null;
                        }
                }
                if (!response.ok)
                        throw new Api_error(response.status, data || {},
                                Number(response.headers.get('Retry-After')));
                if (data === null && response.status !== 204)
                        throw new Api_error(0,
                                { title: `${path}: not JSON` });
                return data;
        }

        const get = (path) => call('GET', path);
        const id = encodeURIComponent;
        const query = (o) => new URLSearchParams(
                Object.entries(o).filter(([, v]) => v !== undefined));

        return {
                sign_in: (user, password) =>
                        call('POST', '/api/v1/session', { user, password }),
                sign_out: () => call('DELETE', '/api/v1/session'),
                session: () => get('/api/v1/session'),
                sessions: () => get('/api/v1/sessions'),
                revoke: (hash) => call('DELETE', `/api/v1/sessions/${id(hash)}`),
                make_wall: () => call('POST', '/api/v1/session/wall', {}),
                config: () => get('/api/v1/config'),
                clock: () => get('/api/v1/clock'),
                set_rate: (rate) => call('POST', '/api/v1/clock', { rate }),
                zones: () => get('/api/v1/zones'),
                rivers: () => get('/api/v1/rivers'),
                facilities: () => get('/api/v1/facilities'),
                station: (code) => get(`/api/v1/stations/${id(code)}`),
                observations: (code, o) => get(
                        `/api/v1/stations/${id(code)}/observations?` +
                        query(o)),
                alert: (a) => get(`/api/v1/alerts/${id(a)}`),
                exposed: (a, radius_m) => get(
                        `/api/v1/alerts/${id(a)}/exposed?` +
                        query({ radius_m })),
                ack: (a, body) =>
                        call('POST', `/api/v1/alerts/${id(a)}/ack`, body),
                ack_many: (body) => call('POST', '/api/v1/alerts/ack', body),
                close: (a, why) =>
                        call('POST', `/api/v1/alerts/${id(a)}/close`, { why }),
                book: (o) => get('/api/v1/book?' + query(o)),
                station_book: (code) =>
                        get(`/api/v1/stations/${id(code)}/book`),
                conformance: (code) =>
                        get(`/api/v1/stations/${id(code)}/conformance`),
                texts: (code) => get(`/api/v1/stations/${id(code)}/texts`),
                pictures: (code) =>
                        get(`/api/v1/stations/${id(code)}/pictures`),
                amend: (code, body) => call('POST',
                        `/api/v1/stations/${id(code)}/amend`, body),
                gaps: () => get('/api/v1/gaps'),
                applicants: () => get('/api/v1/applicants'),
                admit: (name, station) => call('POST',
                        `/api/v1/applicants/${id(name)}/admit`, station),
                dismiss: (name) => call('POST',
                        `/api/v1/applicants/${id(name)}/dismiss`, {}),
                audit: (limit) => get('/api/v1/audit?' + query({ limit })),
                quarantine: () => get('/api/v1/quarantine'),
                rules: () => get('/api/v1/rules'),
                rules_text: () => call('GET', '/api/v1/rules/text',
                        undefined, true),
                rules_check: (text) => call('POST', '/api/v1/rules/check',
                        text),
                rules_versions: () => get('/api/v1/rules/versions'),
                rules_version: (seq) =>
                        get(`/api/v1/rules/versions/${id(seq)}`),
                rules_drafts: () => get('/api/v1/rules/drafts'),
                rules_draft: (text) => call('POST', '/api/v1/rules/drafts',
                        text),
                rules_draft_of: (hash) =>
                        get(`/api/v1/rules/drafts/${id(hash)}`),
                rule_trace: (rule, o) => get(
                        `/api/v1/rules/${id(rule)}/trace?` + query(o)),
                rules_backtest: (hash) => call('POST',
                        `/api/v1/rules/drafts/${id(hash)}/backtest`, {}),
                rules_confirm: (hash) => call('POST',
                        `/api/v1/rules/drafts/${id(hash)}/confirm`, {}),
                rules_activate: (hash) => call('POST',
                        `/api/v1/rules/drafts/${id(hash)}/activate`, {}),
                scores: (station) => get('/api/v1/forecasts/scores?' +
                        query({ station })),
                bulletin: (from, to) =>
                        get('/api/v1/bulletin?' + query({ from, to })),
        };
}
