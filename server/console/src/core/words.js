/* core/words.js -- text from a dictionary.
 *
 * In:  a flat dictionary {key: text with {names}}.
 * Out: t(key, values).  A missing key shows itself, so that it is seen.
 * Pure. */
export function create_words(lang, dictionary)
{
        function t(key, values = {})
        {
                const text = dictionary[key];

                if (text === undefined)
                        return key;
                return text.replace(/\{(\w+)\}/g, (whole, name) =>
                        (name in values ? String(values[name]) : whole));
        }

        t.lang = lang;
        t.has = (key) => key in dictionary;
        /* One of a pair of names that the server gives in both tongues. */
        t.pick = (zh, en) => (lang === 'en' ? en || zh : zh || en) || '';
        t.span = {
                d: dictionary['unit.d'], h: dictionary['unit.h'],
                min: dictionary['unit.min'], s: dictionary['unit.s'],
        };
        return t;
}
