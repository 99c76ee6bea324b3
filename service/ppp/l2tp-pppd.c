/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A pppd as an object. Hides the private link's messages, the order of the last ones and the exit,
 * and the signals it gets. Owned by whoever has a reference; the last one to go takes the process
 * along. PPP-22, PPP-26, PPP-29; design section 4. */

#include "l2tp-pppd.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include <glib-unix.h>

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"
#include "service/base/l2tp-log.h"
#include "service/ppp/l2tp-link.h"
#include "service/ppp/l2tp-pppd-message.h"
#include "service/ppp/l2tp-pppd-output.h"
#include "service/ppp/l2tp-pppd-spawn.h"

#define STATUS_USER_REQUEST   5 /* ERR-45 */
#define STATUS_CONNECT_FAILED 8 /* ERR-48: our own cancel */
#define MESSAGES_PER_TURN     64

struct _L2tpPppd
{
  GObject parent;

  char *tag; /* of log lines */
  GPid pid;  /* 0: reaped */
  guint64 start_time;
  gboolean adopted; /* no child of ours */
  int told_status;  /* what it said it exits with, -1: nothing yet */
  int pidfd;
  int link_fd; /* -1: closed */
  guint pidfd_source;
  guint link_source;
  guint kill_source;

  gboolean ready;
  gboolean given; /* has a session */
  gboolean secret_wanted;
  int unit_fd;
  int unit;
  L2tpPppdOutput *output;
};

G_DEFINE_FINAL_TYPE (L2tpPppd, l2tp_pppd, G_TYPE_OBJECT)

enum
{
  PHASE,
  UNIT,
  SECRET_WANTED,
  PEER_MESSAGE,
  AUTH,
  IP_UP,
  IP_DOWN,
  IPV6_UP,
  IPV6_DOWN,
  EXITED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
close_link (L2tpPppd *self)
{
  g_clear_handle_id (&self->link_source, g_source_remove);
  l2tp_clear_fd (&self->link_fd);
}

static void
send_signal (L2tpPppd *self, int signal)
{
  if (self->pid != 0)
    pidfd_send_signal (self->pidfd, signal, NULL, 0);
}

static void
fail_link (L2tpPppd *self, const char *why)
{
  l2tp_warning (self->tag, "pppd: %s on the link, killing it", why);
  close_link (self);
  send_signal (self, SIGKILL);
}

static gboolean
handle_hello (L2tpPppd *self, const L2tpLinkHello *hello)
{
  if (self->ready || hello->version != L2TP_LINK_VERSION)
    return FALSE;
  self->ready = TRUE;
  l2tp_debug (self->tag, "pppd: %d waits for a session", (int) self->pid);
  return TRUE;
}

static gboolean
handle_phase (L2tpPppd *self, const L2tpLinkPhase *message)
{
  guint phase;

  if (!l2tp_pppd_message_get_phase (message, &phase))
    return FALSE;
  g_signal_emit (self, signals[PHASE], 0, phase);
  return TRUE;
}

/* Takes @fd. */
static gboolean
handle_unit (L2tpPppd *self, const L2tpLinkUnit *message, int fd)
{
  if (!self->given || !l2tp_pppd_message_check_unit (message, fd))
    {
      close (fd);
      return FALSE;
    }
  l2tp_clear_fd (&self->unit_fd);
  self->unit_fd = fd;
  self->unit = message->unit;
  g_signal_emit (self, signals[UNIT], 0);
  return TRUE;
}

static gboolean
handle_secret_wanted (L2tpPppd *self)
{
  self->secret_wanted = TRUE;
  g_signal_emit (self, signals[SECRET_WANTED], 0);
  return TRUE;
}

static gboolean
handle_peer_message (L2tpPppd *self, const L2tpLinkText *message)
{
  g_autofree char *text = NULL;

  if (!l2tp_pppd_message_get_text (message, &text))
    return FALSE;
  g_signal_emit (self, signals[PEER_MESSAGE], 0, text);
  return TRUE;
}

static gboolean
handle_auth (L2tpPppd *self, const L2tpLinkAuth *message)
{
  const char *method;

  if (!l2tp_pppd_message_get_auth (message, &method))
    return FALSE;
  l2tp_debug (self->tag, "pppd: authenticated by %s", *method != '\0' ? method : "nothing");
  g_signal_emit (self, signals[AUTH], 0, method);
  return TRUE;
}

static gboolean
handle_ip_up (L2tpPppd *self, const L2tpLinkIpUp *message)
{
  g_auto (L2tpPppdIp) ip = { 0 };

  if (!l2tp_pppd_message_get_ip (message, &ip))
    return FALSE;
  g_signal_emit (self, signals[IP_UP], 0, &ip);
  return TRUE;
}

static gboolean
handle_ip_down (L2tpPppd *self)
{
  g_signal_emit (self, signals[IP_DOWN], 0);
  return TRUE;
}

static gboolean
handle_ipv6_up (L2tpPppd *self, const L2tpLinkIpv6Up *message)
{
  g_auto (L2tpPppdIp6) ip = { 0 };

  if (!l2tp_pppd_message_get_ip6 (message, &ip))
    return FALSE;
  g_signal_emit (self, signals[IPV6_UP], 0, &ip);
  return TRUE;
}

static gboolean
handle_ipv6_down (L2tpPppd *self)
{
  g_signal_emit (self, signals[IPV6_DOWN], 0);
  return TRUE;
}

/* The kernel tells us how our child ended; the message is for who is not pppd's parent. */
static gboolean
handle_exit (L2tpPppd *self, const L2tpLinkExit *message)
{
  l2tp_debug (self->tag, "pppd: exits with %d", message->status);
  if (message->status < 0 || message->status > 255)
    return FALSE;
  self->told_status = message->status;
  return TRUE;
}

static gboolean
handle_message (L2tpPppd *self, int type, const L2tpLinkBody *body, int *fds)
{
  switch (type)
    {
    case L2TP_LINK_HELLO:
      return handle_hello (self, &body->hello);
    case L2TP_LINK_PHASE:
      return handle_phase (self, &body->phase);
    case L2TP_LINK_UNIT:
      return handle_unit (self, &body->unit, fds[0]);
    case L2TP_LINK_SECRET_WANTED:
      return handle_secret_wanted (self);
    case L2TP_LINK_PEER_MESSAGE:
      return handle_peer_message (self, &body->text);
    case L2TP_LINK_AUTH:
      return handle_auth (self, &body->auth);
    case L2TP_LINK_IP_UP:
      return handle_ip_up (self, &body->ip_up);
    case L2TP_LINK_IP_DOWN:
      return handle_ip_down (self);
    case L2TP_LINK_IPV6_UP:
      return handle_ipv6_up (self, &body->ipv6_up);
    case L2TP_LINK_IPV6_DOWN:
      return handle_ipv6_down (self);
    case L2TP_LINK_EXIT:
      return handle_exit (self, &body->exit);
    default: /* well formed, but ours to send */
      return FALSE;
    }
}

static void
close_fds (const int *fds, gsize n_fds)
{
  for (gsize i = 0; i < n_fds; i++)
    close (fds[i]);
}

/* Handlers may do anything to us, so the link is looked at anew each time. Bounded, because pppd
 * may be anybody by now. */
static void
read_link (L2tpPppd *self)
{
  for (guint i = 0; i < MESSAGES_PER_TURN && self->link_fd >= 0; i++)
    {
      L2tpLinkBody body;
      int fds[L2TP_LINK_FDS_MAX];
      gsize n_fds = 0;
      int type = l2tp_link_receive (self->link_fd, &body, fds, &n_fds);

      if (type < 0 && (errno == EAGAIN || errno == EINTR))
        return;
      if (type == 0 || (type < 0 && errno == ECONNRESET))
        close_link (self);
      else if (type < 0)
        fail_link (self, "malformed message");
      else if (!handle_message (self, type, &body, fds))
        {
          if (type != L2TP_LINK_UNIT)
            close_fds (fds, n_fds);
          fail_link (self, "wrong message");
        }
    }
}

static gboolean
on_link (int fd, GIOCondition condition, gpointer data)
{
  g_autoptr (L2tpPppd) self = g_object_ref (data);

  read_link (self);
  return G_SOURCE_CONTINUE;
}

/* What pppd said is for --debug; what it said before it failed is for everybody. */
static void
tell_end (L2tpPppd *self, const L2tpPppdExit *how)
{
  gboolean failed = !how->signaled && how->status != 0 && how->status != STATUS_USER_REQUEST &&
                    how->status != STATUS_CONNECT_FAILED;

  l2tp_debug (self->tag, "pppd: %s %d", how->signaled ? "killed by signal" : "exited with",
              how->status);
  if (failed)
    l2tp_pppd_output_warn (self->output);
}

/* The process is gone, but what it said last is still in the link and in the pipe: that comes
 * first. */
static gboolean
on_pidfd (int fd, GIOCondition condition, gpointer data)
{
  g_autoptr (L2tpPppd) self = g_object_ref (data);
  L2tpPppdExit how;

  if (!l2tp_pppd_process_reap (self->pidfd, &how))
    return G_SOURCE_CONTINUE;
  self->pid = 0;
  self->pidfd_source = 0;
  l2tp_clear_fd (&self->pidfd);
  g_clear_handle_id (&self->kill_source, g_source_remove);

  read_link (self);
  close_link (self);
  if (self->adopted)
    how = (L2tpPppdExit){ .signaled = self->told_status < 0,
                          .status = self->told_status < 0 ? SIGKILL : self->told_status };
  l2tp_pppd_output_end (self->output);
  tell_end (self, &how);
  g_signal_emit (self, signals[EXITED], 0, &how);
  return G_SOURCE_REMOVE;
}

static gboolean
on_grace_over (gpointer data)
{
  L2tpPppd *self = data;

  self->kill_source = 0;
  l2tp_warning (self->tag, "pppd does not end, killing it");
  send_signal (self, SIGKILL);
  return G_SOURCE_REMOVE;
}

static void
l2tp_pppd_init (L2tpPppd *self)
{
  self->pidfd = -1;
  self->link_fd = -1;
  self->unit_fd = -1;
  self->unit = L2TP_LINK_NO_UNIT;
  self->told_status = -1;
}

static void
l2tp_pppd_dispose (GObject *object)
{
  L2tpPppd *self = L2TP_PPPD (object);

  g_clear_handle_id (&self->kill_source, g_source_remove);
  g_clear_handle_id (&self->pidfd_source, g_source_remove);
  close_link (self);
  g_clear_pointer (&self->output, l2tp_pppd_output_free);
  l2tp_clear_fd (&self->unit_fd);
  if (self->pid != 0)
    l2tp_pppd_process_kill_and_reap (self->pidfd);
  self->pid = 0;
  self->pidfd = -1;
  G_OBJECT_CLASS (l2tp_pppd_parent_class)->dispose (object);
}

static void
l2tp_pppd_finalize (GObject *object)
{
  L2tpPppd *self = L2TP_PPPD (object);

  g_free (self->tag);
  G_OBJECT_CLASS (l2tp_pppd_parent_class)->finalize (object);
}

static guint
new_signal (const char *name, GType argument)
{
  return g_signal_new (name, L2TP_TYPE_PPPD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                       argument != G_TYPE_NONE ? 1 : 0, argument);
}

static void
l2tp_pppd_class_init (L2tpPppdClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_pppd_dispose;
  object_class->finalize = l2tp_pppd_finalize;
  signals[PHASE] = new_signal ("phase", G_TYPE_UINT);
  signals[UNIT] = new_signal ("unit", G_TYPE_NONE);
  signals[SECRET_WANTED] = new_signal ("secret-wanted", G_TYPE_NONE);
  signals[PEER_MESSAGE] = new_signal ("peer-message", G_TYPE_STRING);
  signals[AUTH] = new_signal ("auth", G_TYPE_STRING);
  signals[IP_UP] = new_signal ("ip-up", G_TYPE_POINTER);
  signals[IP_DOWN] = new_signal ("ip-down", G_TYPE_NONE);
  signals[IPV6_UP] = new_signal ("ipv6-up", G_TYPE_POINTER);
  signals[IPV6_DOWN] = new_signal ("ipv6-down", G_TYPE_NONE);
  signals[EXITED] = new_signal ("exited", G_TYPE_POINTER);
}

static L2tpPppd *
pppd_new (const char *tag, const L2tpPppdProcess *process)
{
  L2tpPppd *self = g_object_new (L2TP_TYPE_PPPD, NULL);

  self->tag = g_strdup (tag);
  self->pid = process->pid;
  self->start_time = process->start_time;
  self->pidfd = process->pidfd;
  self->link_fd = process->link_fd;
  self->pidfd_source = g_unix_fd_add (self->pidfd, G_IO_IN, on_pidfd, self);
  self->link_source = g_unix_fd_add (self->link_fd, G_IO_IN, on_link, self);
  self->output = l2tp_pppd_output_new (tag, process->output_fd);
  return self;
}

L2tpPppd *
l2tp_pppd_spawn (L2tpConfig *config, const char *ipparam, GError **error)
{
  const char *uuid = l2tp_config_get_string (config, L2TP_OPTION_UUID);
  L2tpPppdProcess process;

  if (!l2tp_pppd_process_spawn (config, ipparam, &process, error))
    return NULL;
  return pppd_new (uuid != NULL ? uuid : ipparam, &process);
}

L2tpPppd *
l2tp_pppd_adopt (const char *tag,
                 GPid pid,
                 guint64 start_time,
                 int pidfd,
                 int link_fd,
                 int output_fd)
{
  const L2tpPppdProcess process = { pid, start_time, pidfd, link_fd, output_fd };
  L2tpPppd *self = pppd_new (tag, &process);
  int own_pidfd = pidfd_open (getpid (), 0);

  self->ready = self->given = self->adopted = TRUE;
  if (own_pidfd < 0 || l2tp_link_send (link_fd, L2TP_LINK_ADOPTED, NULL, &own_pidfd, 1) < 0)
    l2tp_warning (tag, "pppd does not hear of its new service: %s", g_strerror (errno));
  if (own_pidfd >= 0)
    close (own_pidfd);
  return self;
}

static gboolean
send_session (L2tpPppd *self, const L2tpPppdSession *session)
{
  const L2tpLinkSession body = {
    .unit = session->unit_fd >= 0 ? session->unit : L2TP_LINK_NO_UNIT,
    .mtu = session->mtu,
    .mru = session->mru,
    .listen_time = session->listen_time,
    .restart_time = session->restart_time,
  };
  const int fds[L2TP_LINK_FDS_MAX] = { session->session_fd,
                                       session->udp_fd,
                                       session->tunnel_fd,
                                       self->link_fd,
                                       l2tp_pppd_output_get_fd (self->output),
                                       session->unit_fd };

  if (session->identity_fds != NULL &&
      l2tp_link_send (self->link_fd, L2TP_LINK_IDENTITY, NULL, session->identity_fds,
                      L2TP_LINK_N_IDENTITY_FDS) < 0)
    return FALSE;
  return l2tp_link_send (self->link_fd, L2TP_LINK_SESSION, &body, fds,
                         session->unit_fd >= 0 ? 6 : 5) == 0;
}

gboolean
l2tp_pppd_give_session (L2tpPppd *self, const L2tpPppdSession *session, GError **error)
{
  g_return_val_if_fail (!self->given, FALSE);
  if (self->link_fd >= 0 && send_session (self, session))
    {
      self->given = TRUE;
      return TRUE;
    }
  /* It died, and "exited", which tells so, is still to come. */
  if (self->pid != 0 && (self->link_fd < 0 || errno == EPIPE || errno == ECONNRESET))
    {
      self->given = TRUE;
      return TRUE;
    }
  g_set_error (error, L2TP_ERROR, L2TP_ERROR_PPP_FAILED,
               "pppd does not take the session: %s\nSee pppd's lines: journalctl -u l2tp-client",
               self->link_fd >= 0 ? g_strerror (errno) : "it has ended");
  return FALSE;
}

void
l2tp_pppd_give_secret (L2tpPppd *self, L2tpSecret *secret)
{
  L2tpLinkSecret body = { 0 };
  gsize len = 0;
  const char *data = secret != NULL ? l2tp_secret_peek (secret, &len) : NULL;

  if (!self->secret_wanted || self->link_fd < 0)
    return;
  self->secret_wanted = FALSE;
  if (data != NULL && len < sizeof body.secret)
    {
      body.valid = 1;
      memcpy (body.secret, data, len);
    }
  if (l2tp_link_send (self->link_fd, L2TP_LINK_SECRET, &body, NULL, 0) < 0)
    l2tp_warning (self->tag, "pppd does not take the secret: %s", g_strerror (errno));
  explicit_bzero (&body, sizeof body);
}

int
l2tp_pppd_steal_unit (L2tpPppd *self, int *ret_unit)
{
  int fd = self->unit_fd;

  if (fd >= 0)
    *ret_unit = self->unit;
  self->unit_fd = -1;
  return fd;
}

void
l2tp_pppd_terminate (L2tpPppd *self, gint64 grace)
{
  if (self->pid == 0)
    return;
  g_clear_handle_id (&self->kill_source, g_source_remove);
  if (grace <= 0)
    {
      send_signal (self, SIGKILL);
      return;
    }
  send_signal (self, SIGTERM);
  self->kill_source = g_timeout_add ((guint) (grace / 1000), on_grace_over, self);
}

GPid
l2tp_pppd_get_pid (L2tpPppd *self)
{
  return self->pid;
}

guint64
l2tp_pppd_get_start_time (L2tpPppd *self)
{
  return self->start_time;
}

int
l2tp_pppd_get_link_fd (L2tpPppd *self)
{
  return self->link_fd;
}

int
l2tp_pppd_get_output_fd (L2tpPppd *self)
{
  return l2tp_pppd_output_get_fd (self->output);
}
