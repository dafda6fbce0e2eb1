using System.Diagnostics.CodeAnalysis;

namespace Toystore.Core.Membership;

/// <summary>Everyone else, found by id, and in no particular order the live ones (alive or suspect) and the dead ones. Those who left are in neither list.</summary>
internal sealed class MemberTable(Random random)
{
    /// <summary>How many are remembered at most. News of more is dropped.</summary>
    public const int ContactsMax = 1 << 16;

    private readonly Dictionary<NodeId, Contact> _all = [];

    /// <summary>Alive or suspect.</summary>
    public List<Contact> Live { get; } = [];

    /// <summary>Held dead.</summary>
    public List<Contact> Dead { get; } = [];

    public Dictionary<NodeId, Contact>.ValueCollection All => _all.Values;

    public Contact? Find(NodeId node) => _all.GetValueOrDefault(node);

    public bool TryAdd(NodeId node, [NotNullWhen(true)] out Contact? contact)
    {
        contact = _all.Count < ContactsMax && node.Value != 0 ? new Contact(node) : null;
        return contact is not null && _all.TryAdd(node, contact);
    }

    public void Remove(Contact contact)
    {
        Move(contact, null);
        _all.Remove(contact.Node);
    }

    /// <summary>Puts it into the list that it belongs into now.</summary>
    public void Place(Contact contact) => Move(contact, contact.IsLive ? Live : contact.Facts is not null && contact.State == MemberState.Dead ? Dead : null);

    /// <summary>Different live members by chance, as many as asked for if there are so many. The list is in no order, so it is shuffled from the front as far as needed.</summary>
    public void PickLive(int count, Contact? except, bool onlyAlive, List<Contact> picked)
    {
        picked.Clear();
        for (var i = 0; i < Live.Count && picked.Count < count; i++)
        {
            var other = random.Next(i, Live.Count);
            (Live[i], Live[other]) = (Live[other], Live[i]);
            Live[i].Place = i;
            Live[other].Place = other;
            if (Live[i] != except && (!onlyAlive || Live[i].State == MemberState.Alive))
            {
                picked.Add(Live[i]);
            }
        }
    }

    private static void Move(Contact contact, List<Contact>? to)
    {
        if (contact.List == to)
        {
            return;
        }

        if (contact.List is { } from)
        {
            from[contact.Place] = from[^1];
            from[contact.Place].Place = contact.Place;
            from.RemoveAt(from.Count - 1);
        }

        contact.List = to;
        contact.Place = to?.Count ?? -1;
        to?.Add(contact);
    }
}
