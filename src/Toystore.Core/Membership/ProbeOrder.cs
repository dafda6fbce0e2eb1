namespace Toystore.Core.Membership;

/// <summary>
/// Whom to probe next (SWIM §4.3): everyone in turn, in an order that is shuffled before each round, newcomers at a random place of it. So nobody is left out for longer than 2n - 1 periods, and a crash is still noticed by
/// somebody as soon as if all chose at random.
/// </summary>
internal sealed class ProbeOrder(Random random)
{
    private readonly List<Contact> _order = [];
    private int _next;

    /// <summary>Adds one that has become live, unless it is here still.</summary>
    public void Add(Contact contact)
    {
        if (contact.IsInProbeOrder)
        {
            return;
        }

        contact.IsInProbeOrder = true;
        var place = random.Next(_order.Count + 1);
        _order.Insert(place, contact);
        _next += place < _next ? 1 : 0;
    }

    /// <summary>The next live one; null if nobody is.</summary>
    public Contact? Next()
    {
        for (var round = 0; round < 2; round++)
        {
            while (_next < _order.Count)
            {
                if (_order[_next++] is { IsLive: true } contact)
                {
                    return contact;
                }
            }

            _order.RemoveAll(contact =>
            {
                contact.IsInProbeOrder = contact.IsLive;
                return !contact.IsLive;
            });
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_order));
            _next = 0;
        }

        return null;
    }
}
