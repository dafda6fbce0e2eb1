using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

/// <summary>Whether two topologies place copies alike.</summary>
internal static class PlacementComparison
{
    /// <summary>True if they have the same members, in the same zones and with the same weights, who own the same slots in the same order, and want equally many copies.</summary>
    public static bool AreAlike(Topology one, Topology other)
    {
        if (one.ClusterId != other.ClusterId || one.Quorums.Copies != other.Quorums.Copies || one.Members.Length != other.Members.Length || !one.Owners.Nodes.SequenceEqual(other.Owners.Nodes))
        {
            return false;
        }

        for (var i = 0; i < one.Members.Length; i++)
        {
            var (its, others) = (one.Members[i], other.Members[i]);
            if (its.Id != others.Id || its.Zone != others.Zone || its.Weight != others.Weight)
            {
                return false;
            }
        }

        for (var slot = 0; slot < Slot.Count; slot++)
        {
            if (!one.Owners.Owners(new Slot((ushort)slot)).SequenceEqual(other.Owners.Owners(new Slot((ushort)slot))))
            {
                return false;
            }
        }

        return true;
    }
}
