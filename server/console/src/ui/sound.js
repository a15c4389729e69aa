/* ui/sound.js -- the tone for new orange and red alerts.
 *
 * Browsers stay mute until a gesture, so the button says "locked" until the
 * officer has armed it and heard the test tone. */
import { create_alarm } from '../core/alarm.js';
import * as f from '../core/format.js';
import { h } from './dom.js';
import { speaker } from './icon.js';

const TONES = {
        orange: [[660, 0, 0.22], [660, 0.34, 0.22]],
        red: [[880, 0, 0.18], [660, 0.22, 0.18], [880, 0.44, 0.18],
                [660, 0.66, 0.18]],
        test: [[523, 0, 0.15], [659, 0.18, 0.25]],
};

function play(context, name)
{
        for (const [hz, at_s, for_s] of TONES[name]) {
                const from = context.currentTime + at_s;
                const tone = context.createOscillator();
                const gain = context.createGain();

                tone.frequency.value = hz;
                tone.type = 'triangle';
                gain.gain.setValueAtTime(0, from);
                gain.gain.linearRampToValueAtTime(0.5, from + 0.02);
                gain.gain.setValueAtTime(0.5, from + for_s - 0.03);
                gain.gain.linearRampToValueAtTime(0, from + for_s);
                tone.connect(gain).connect(context.destination);
                tone.start(from);
                tone.stop(from + for_s);
        }
}

export function create_sound(app)
{
        const { t } = app;
        const alarm = create_alarm();
        const sign = h('span.sound-sign', { 'aria-hidden': 'true' });
        const text = h('span');
        const button = h('button.sound', { type: 'button', onclick: press },
                sign, text);
        let context = null;
        let silent_until = 0;

        async function press()
        {
                context ??= new AudioContext();
                await context.resume();
                if (!alarm.armed()) {
                        alarm.arm(true);
                        play(context, 'test');
                } else if (alarm.count()) {
                        silence();
                } else {
                        play(context, 'test');
                }
                draw(performance.now());
        }

        function silence()
        {
                if (!alarm.armed())
                        return;
                silent_until = performance.now() + 120000;
                alarm.silence(performance.now());
                draw(performance.now());
        }

        function look(now_ms)
        {
                if (!alarm.armed())
                        return ['locked', 'off', t('sound.locked'),
                                t('sound.arm_hint')];
                if (context.state !== 'running')
                        return ['fault', 'off', t('sound.fault'),
                                t('sound.arm_hint')];
                if (alarm.silent(now_ms))
                        return ['silenced', 'off', t('sound.silenced', {
                                t: f.countdown(silent_until - now_ms),
                        }), t('sound.silence_hint')];
                return ['armed', 'on', t('sound.armed'),
                        t('sound.silence_hint')];
        }

        function draw(now_ms)
        {
                const [name, mark, words, hint] = look(now_ms);

                button.className = `sound sound-${name}`;
                if (sign.dataset.mark !== mark) {
                        sign.dataset.mark = mark;
                        sign.replaceChildren(speaker(mark === 'on'));
                }
                if (text.textContent !== words)
                        text.textContent = words;
                button.title = hint;
        }

        draw(0);
        return {
                button, silence, alarm,
                tick(now_ms)
                {
                        const due = alarm.due(now_ms);

                        if (due && context && context.state === 'running')
                                play(context, due.level);
                        draw(now_ms);
                },
        };
}
