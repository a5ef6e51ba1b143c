/** Commands about oneself and the connection: NICK, USER, CAP, PING, AWAY, OPER, QUIT. */

import { isSame } from '../attendance.ts';
import { LENGTHS, SERVER_NAME } from '../limits.ts';
import { rename, setAway, setName } from '../presence.ts';
import { REFUSALS } from '../refusal.ts';
import type { User } from '../user.ts';
import type { IrcCommands } from './commands.ts';
import type { IrcSession } from './session.ts';

/** Them, by name. */
export const USER_COMMANDS: IrcCommands = {
  CAP: {
    isBeforeRegistration: true,
    needs: 1,
    run: ({ registration }, { params }) => registration.takeCap(params),
  },
  PASS: {
    isBeforeRegistration: true,
    needs: 1,
    run({ user, registration }, { params: [password = ''] }) {
      if (user) throw REFUSALS.alreadyRegistered();
      registration.takePassword(password);
    },
  },
  NICK: {
    isBeforeRegistration: true,
    cost: 2,
    run({ house, user, registration }, { params: [nick = ''] }) {
      if (nick === '') throw REFUSALS.noNick();
      if (user) rename(house, user, nick);
      else registration.takeNick(nick);
    },
  },
  USER: {
    isBeforeRegistration: true,
    needs: 4,
    run({ user, registration }, { params: [name = '', , , realname = ''] }) {
      if (user) throw REFUSALS.alreadyRegistered();
      registration.takeUser(name, realname);
    },
  },
  PING: {
    isBeforeRegistration: true,
    run(session, { params: [token = ''] }) {
      if (token === '') throw REFUSALS.noOrigin();
      session.send(`:${SERVER_NAME} PONG ${SERVER_NAME} :${token}`);
    },
  },
  // That anything came is what counts.
  PONG: { isBeforeRegistration: true, cost: 0, run: () => {} },
  QUIT: {
    isBeforeRegistration: true,
    run: (session, { params: [text = ''] }) => session.close(`Quit: ${text}`),
  },
  ERROR: { isBeforeRegistration: true, run: () => {} },
  AWAY: {
    run(session, { params: [text = ''] }) {
      const user = userOf(session);
      setAway(session.house, user, text);
      if (user.away === undefined) session.reply('305', 'You are no longer marked as being away');
      else session.reply('306', 'You have been marked as being away');
    },
  },
  SETNAME: {
    needs: 1,
    run(session, { params: [name = ''] }) {
      if (name !== '' && Buffer.byteLength(name) <= LENGTHS.name) setName(session.house, userOf(session), name);
      else session.fail('SETNAME', 'INVALID_REALNAME', [], `A name has a character, and ${LENGTHS.name} bytes at most`);
    },
  },
  OPER: { needs: 2, cost: 5, run: (session, { params: [, password = ''] }) => becomeOperator(session, password) },
  KILL: {
    needs: 1,
    run(session, { params: [nick = '', reason = 'no reason'] }) {
      const { house } = session;
      const user = userOf(session);
      if (!user.isOperator) throw REFUSALS.noPrivileges();
      const other = house.findUser(nick);
      if (!other) throw REFUSALS.noSuchNick(nick);
      house.sendAway(other, `Killed by ${user.nick}: ${reason}`);
    },
  },
};

function becomeOperator(session: IrcSession, password: string): void {
  const { house } = session;
  const user = userOf(session);
  const { operatorPassword } = house.rules;
  if (operatorPassword === undefined) throw REFUSALS.noOperatorHost();
  if (!isSame(operatorPassword, password)) {
    house.audit.write('bad-password', user);
    throw REFUSALS.badPassword();
  }
  user.isOperator = true;
  house.audit.write('oper', user);
  session.reply('381', 'You are now an IRC operator');
  session.send(`:${user.nick} MODE ${user.nick} :+o`);
}

/** The user of a session that has registered, as all commands here have been checked to have. */
export function userOf({ user }: IrcSession): User {
  if (!user) throw REFUSALS.notRegistered();
  return user;
}
