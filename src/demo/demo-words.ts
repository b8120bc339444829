/** Made-up people and companies are put together from these. */
export const FIRST_NAMES = [
  'Amara', 'Anders', 'Bianca', 'Carlos', 'Chidi', 'Dalia', 'Elif', 'Emeka', 'Farid', 'Freya', 'Giulia', 'Hana', 'Hiroshi', 'Imani', 'Ines', 'Jonas',
  'Jos\u00e9', 'Kavya', 'Leila', 'Linh', 'Mateus', 'Mei', 'Nadia', 'Niamh', 'Noa', 'Oskar', 'Paloma', 'Priya', 'Rafael', 'Ren\u00e9e', 'Samir', 'Sofia',
  'Tariq', 'Tomasz', 'Ulla', 'Viktor', 'Wanjiru', 'Yara', 'Yusuf', 'Zo\u00eb',
];

export const LAST_NAMES = [
  'Abara', 'Almeida', 'Andersen', 'Aydin', 'Banerjee', 'Bauer', 'Brennan', 'Castillo', 'Chen', 'Dubois', 'Eriksen', 'Ferrari', 'Garc\u00eda', 'Haddad',
  'Hoang', 'Ivanova', 'Jansen', 'Kamau', 'Kowalski', 'Lindqvist', 'Mbeki', 'Mensah', 'M\u00fcller', 'Nakamura', 'Novak', 'Okoye', 'Oliveira', 'Park',
  'Petrov', 'Quispe', 'Rahman', 'Rossi', 'Sato', 'Silva', 'Svensson', 'Tanaka', 'Torres', 'Usman', 'Virtanen', 'Wolf',
];

export const COMPANY_NAMES = [
  'Alder', 'Amberfield', 'Basalt', 'Bluebell', 'Brightwater', 'Cedar', 'Copperleaf', 'Driftwood', 'Eastgate', 'Fernhill', 'Foxglove', 'Granite', 'Harborlight',
  'Ironbark', 'Juniper', 'Kestrel', 'Larkspur', 'Marigold', 'Northwind', 'Oakridge', 'Pinecrest', 'Quartz', 'Riverbend', 'Silverbirch', 'Tamarind', 'Willowbrook',
];

export const COMPANY_KINDS = ['Logistics', 'Foods', 'Systems', 'Textiles', 'Partners', 'Instruments', 'Studios', 'Materials', 'Clinics', 'Energy', 'Books', 'Robotics'];

export const JOB_TITLES = ['Head of Operations', 'Buyer', 'Managing Director', 'IT Manager', 'Analyst', 'Office Manager', 'Head of Sales', 'Controller', 'Engineer'];

export const COUNTRIES = ['US', 'DE', 'BR', 'IN', 'GB', 'NG', 'JP', 'FR', 'MX', 'SE', 'KE', 'PL'];

export const TASKS = ['Call back', 'Send the price list', 'Prepare a demo', 'Ask for feedback', 'Check the contract', 'Plan the next step', 'Send the minutes', 'Update the contact'];

export const DEALS = ['annual plan', 'pilot', 'renewal', 'more seats', 'support plan', 'training'];
