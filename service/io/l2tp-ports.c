/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* A table of the local ports in use. Needed because the kernel keeps none that would do: with
 * SO_REUSEPORT it lets two UDP sockets have the same addresses and ports, and gives the datagrams
 * of both to one of them (KRN-7). Owned by the manager, shared by the sockets. */

#include "l2tp-ports.h"

typedef struct
{
  guint16 port;
  GInetSocketAddress *lns;
  L2tpUdp *holder;
} Entry;

struct _L2tpPorts
{
  gatomicrefcount refs;
  GPtrArray *entries;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_object_unref (entry->lns);
  g_free (entry);
}

L2tpPorts *
l2tp_ports_new (void)
{
  L2tpPorts *ports = g_new0 (L2tpPorts, 1);

  g_atomic_ref_count_init (&ports->refs);
  ports->entries = g_ptr_array_new_with_free_func (entry_free);
  return ports;
}

L2tpPorts *
l2tp_ports_ref (L2tpPorts *ports)
{
  g_atomic_ref_count_inc (&ports->refs);
  return ports;
}

void
l2tp_ports_unref (L2tpPorts *ports)
{
  if (ports == NULL || !g_atomic_ref_count_dec (&ports->refs))
    return;
  g_ptr_array_unref (ports->entries);
  g_free (ports);
}

void
l2tp_ports_add (L2tpPorts *ports, guint16 port, GInetSocketAddress *lns, L2tpUdp *holder)
{
  Entry *entry = g_new (Entry, 1);

  *entry = (Entry){ port, g_object_ref (lns), holder };
  g_ptr_array_add (ports->entries, entry);
}

void
l2tp_ports_remove (L2tpPorts *ports, L2tpUdp *holder)
{
  for (guint i = 0; i < ports->entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (ports->entries, i);

      if (entry->holder != holder)
        continue;
      g_ptr_array_remove_index_fast (ports->entries, i);
      return;
    }
}

static guint32
scope_of (GInetSocketAddress *address)
{
  if (g_socket_address_get_family (G_SOCKET_ADDRESS (address)) != G_SOCKET_FAMILY_IPV6)
    return 0;
  return g_inet_socket_address_get_scope_id (address);
}

static gboolean
same_lns (GInetSocketAddress *a, GInetSocketAddress *b)
{
  return g_inet_socket_address_get_port (a) == g_inet_socket_address_get_port (b) &&
         scope_of (a) == scope_of (b) &&
         g_inet_address_equal (g_inet_socket_address_get_address (a),
                               g_inet_socket_address_get_address (b));
}

L2tpUdp *
l2tp_ports_find (L2tpPorts *ports, guint16 port, GInetSocketAddress *lns)
{
  for (guint i = 0; i < ports->entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (ports->entries, i);

      if (entry->port == port && same_lns (entry->lns, lns))
        return entry->holder;
    }
  return NULL;
}

gboolean
l2tp_ports_is_ours (L2tpPorts *ports, guint16 port, GSocketFamily family)
{
  for (guint i = 0; i < ports->entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (ports->entries, i);

      if (entry->port == port &&
          g_socket_address_get_family (G_SOCKET_ADDRESS (entry->lns)) == family)
        return TRUE;
    }
  return FALSE;
}
