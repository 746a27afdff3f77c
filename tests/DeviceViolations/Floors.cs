// A house of two floors, in which the lower one names the upper one: by a field, a parameter, a base, and in its code alone.

using DeviceViolations;

namespace Springtail.Packets
{
    [Violates("floor")]
    internal class ByField
    {
        public Delivery.Upstairs Above;
    }

    [Violates("floor")]
    internal class ByParameter
    {
        public static void Take(Delivery.Upstairs[] above)
        {
        }
    }

    [Violates("floor")]
    internal class ByBase : Delivery.Upstairs
    {
    }

    [Violates("floor")]
    internal class ByCode
    {
        public static object Make() => new Delivery.Upstairs();
    }

    internal class Downstairs
    {
    }
}

namespace Springtail.Hopping
{
    [Violates("floor")]
    internal class NextDoor
    {
        public Delivery.Upstairs Beside;
    }
}

namespace Springtail.Delivery
{
    internal class Upstairs
    {
        public Packets.Downstairs Below;
    }
}
