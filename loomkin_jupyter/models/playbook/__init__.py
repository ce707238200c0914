"""``loomkin/playbook``: declarative team procedures that answer as a model does, without a language model.

A playbook is a YAML file. Its answers are a pure function of the messages of the request, so that a team goes on where
it was after a restart; tools, gates, budgets and history are the real ones.

::

    playbook: frame-audit                 # its name; loomkin/playbook:frame-audit asks for it directly
    title: Audit a data frame
    about: profiles a data frame and reports what is wrong with it
    match:                                # how a request in words finds it; the highest score wins
      keywords: [audit, quality, missing] # a point for each word found
      patterns: ['audit\\s+`?(?P<frame>\\w+)']  # two points each; named groups become variables
      least: 1                            # points it needs
    defaults: {frame: flights}            # variables where the request says nothing
    agents:                               # by agent name, else by role
      lead:
        - id: team
          say: I look at {{ frame }} together with a reviewer.
          call: team_spawn
          with: {team_name: audit, purpose: 'audit {{ frame }}', roles: [{role: researcher}, {role: reviewer}]}
        - id: task
          call: team_assign
          with: {title: 'Profile {{ frame }}', description: Find its flaws., agent_name: researcher}
        - id: done                        # ends the turn until the message is there
          wait: {from: loomkin, pattern: '{{ steps.task.id }}'}
          say: The researcher is at work.
          extract: {total: {regex: 'missing: (\\d+)', as: int}}
        - report: |
            {{ frame }} has {{ steps.done.total }} missing values.
      researcher:
        - id: profile
          call: dataframe_profile
          with: {name: '{{ frame }}'}
          extract: {missing: {json: columns.dep_time.missing, default: 0}}
        - id: flaw
          when: steps.profile.missing > 0
          decide:                         # short for calls of decision_log
            - {node_type: observation, title: 'dep_time lacks {{ steps.profile.missing }} values',
               confidence: '{{ 95 if steps.profile.missing > 100 else 60 }}'}
        - id: finish
          call: peer_complete_task
          with: {task_id: '{{ task }}', result: 'missing: {{ steps.profile.missing }}', discoveries: ['{{ steps.profile.text }}']}
        - id: verdict
          wait: {from: reviewer, pattern: '(?P<word>accept|rework)'}
        - id: again
          when: steps.verdict.word == 'rework'
          goto: profile
          most: 2                         # times at most, then it goes on
        - report: Done.

Steps, in order. Every step may have ``id`` and ``when`` (an expression; the step is left out when it is false).

- ``call`` + ``with``: one tool call; ``calls``: several in one answer, each with ``id``, ``call``, ``with``, ``when``,
  ``extract``; ``each: expression`` + ``as: name`` repeats the calls for every item of a list; ``decide`` adds calls of
  ``decision_log`` (its ``parent_id`` may be ``{{ steps.X.id }}``). ``say`` is the text before the calls.
- ``wait``: one condition or a list of them, each fulfilled by its own message: ``from`` (a name or glob; ``user``;
  ``loomkin`` for notices), ``kind`` (message, task, discovery, notice, guidance, answer), ``pattern`` (its named groups
  become values), ``task``. Until then the answer is ``say`` and the turn ends.
- ``set``: names and templates; variables from then on.
- ``goto`` + ``most``: back (or on) to another step, at most ``most`` times (1).
- ``report``: the text that ends the agent's part; with ``refused: true`` it says what was not done, and the run ends
  so. An agent that is called after its last step says so briefly.

Values. ``steps.ID`` is the latest result of a step or call: ``.text``, ``.ok`` (not an error), ``.data`` (the last JSON
in it, fenced or the whole text), its own keys directly (``steps.profile.missing``), every line ``key: value``
(``id: T3`` → ``steps.task.id``), what ``extract`` names, and ``.results`` (all of an ``each`` or of ``calls``). A
result key that is no name, or collides with these, is reached as ``steps.x.data['key']``. Besides: the variables,
``request`` (the text that began this), ``task`` (the handle in it), ``me.name``, ``me.role``, ``team``, ``tools``
(names on offer), ``visits.ID`` (how often a step was reached), ``item`` in an ``each``.

``extract`` takes ``regex`` (group 1, else the match; ``all: true`` for a list) or ``json`` (a dotted path), with ``as``
(str, int, float, bool) and ``default``. Templates are Jinja2, sandboxed; ``'{{ x }}'`` alone keeps the value's type. An
undefined value ends the turn with an error that names the step.

Teammates find their playbook by a mark ``(playbook NAME; frame=flights)``, which is added to purposes and descriptions
of team_spawn, team_assign and peer_create_task.
"""

from __future__ import annotations

from loomkin_jupyter.models.playbook.loading import load_folder, load_playbook, parse_playbook
from loomkin_jupyter.models.playbook.provider import PlaybookProvider
from loomkin_jupyter.models.playbook.schema import Playbook, PlaybookError

__all__ = ["Playbook", "PlaybookError", "PlaybookProvider", "load_folder", "load_playbook", "parse_playbook"]
