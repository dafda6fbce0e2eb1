using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>
/// Who may be a member. Whoever has the key of the cluster, or speaks where there is none, could make members at will; so the driver says who is one. What anybody else sends changes nothing, and neither does what members say of
/// anybody else.
/// </summary>
public sealed partial class Swim
{
    private Func<NodeId, bool> _admits = static _ => true;
    private Seldom _strangers = new(TimeSpan.FromSeconds(10));
    private Seldom _ghosts = new(TimeSpan.FromSeconds(10));

    /// <summary>
    /// Says who may be a member from now on: before <see cref="Restore"/>, and again when that changes. Who is known and may not is forgotten at once, without an event. Until the first call everybody may.
    /// </summary>
    /// <param name="now">Now.</param>
    /// <param name="admits">True for who may. Asked often; must not change its mind between two calls of this.</param>
    public void Admit(Instant now, Func<NodeId, bool> admits)
    {
        _admits = admits;
        foreach (var contact in _table.All.Where(contact => !admits(contact.Node)).ToList())
        {
            Drop(now, contact);
        }
    }

    private void Drop(Instant now, Contact contact)
    {
        KeepBeat(now);
        if (_probe.Target == contact)
        {
            _probe.End();
        }

        // In no list, so that neither the order of probes nor a suspicion finds it again.
        contact.Standing = contact.Standing with { State = MemberState.Left };
        contact.Suspicion = null;
        _recentlyDead.RemoveAll(dead => dead.Contact == contact);
        _rumours.Drop(contact);
        _table.Remove(contact);
        _version++;
    }

    private bool Admits(Instant now, NodeId sender, Endpoint from, SwimEffects effects)
    {
        if (_admits(sender))
        {
            return true;
        }

        Counts.Strangers++;
        if (_strangers.IsDue(now))
        {
            effects.Happened(new SwimEvent.Stranger(sender, from));
        }

        return false;
    }

    private bool AdmitsNewsOf(Instant now, NodeId node, SwimEffects effects)
    {
        if (_admits(node))
        {
            return true;
        }

        if (_ghosts.IsDue(now))
        {
            effects.Happened(new SwimEvent.Ghost(node));
        }

        return false;
    }
}
